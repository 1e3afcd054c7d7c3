package main

const outputHelp = `Results for programs: --output json and --output jsonl of validate, run, status,
report and verify, and --output json of undo.

json is one document at the end. Where a command is refused before it has a
result, standard output is empty, and the exit code and standard error tell.

  schema_version  changes when a member changes its meaning or goes away
  command, state  finished, finished_with_problems, interrupted, stopped,
                  running, plan, checked
  reason          why it stopped
  target, input   what it is about
  counts          rows = created + updated + unchanged + rejected + conflict
                  + unfinished + dropped, always
  unfinished      what rows without an outcome wait for
  problems        by code: count, field, severity, message, the first lines
  plan            of run --dry-run, about users that exist: fields (rows that set,
                  change or leave each) and samples, masked as --pii says
  left            rows by property that the policy of a run left as they are
  requests        total, by_status, gates (pauses that Clerk asked for), and
                  pace (how many a second could leave in the end)
  rate, latency_ms, seconds
  files, next     what was written, and the commands that may follow
  sessions        of report: each run of the migration
  verification    of verify: compared = equal + different + changed_since +
                  cannot_change + not_found; not_compared, extra, users, and the
                  first differences, masked

jsonl is a line for each thing that happens, while it happens. Every line is an
object that begins with its type:

  start     what a run is about to do
  problem   one thing that is wrong with one row, as in validate --problems
  restart   the check begins anew, as it does where rows of a large input share an
            identifier: the lines of type problem so far do not count
  row       what has become of a row, once that is durable: row, line, key,
            state, action, user_id, code, trace_id …; of several lines about one
            row the last stands. report writes one for each row it knows
  difference  of verify: one property of a user that is not what its row says,
            or a user that is not there or that no row names; values are masked
  progress  every 30 seconds; not with -q
  notice    such as that it is stopping
  summary   the document above. It is the last line, also where the command is
            interrupted or refused (state "refused", with reason and hints). A
            stream that does not end with it was cut off: treat it as a failure

The file of run --dry-run --plan is JSON lines too, for its owner only: a head
(input_sha256, mapping, instance_id, mode, policy, options, api_version, rows), a
line for each row in their order, and an end with counts and the checksum of all
lines before. A row has row, line, key, action (create, update, unchanged,
conflict, reject, drop, done), user_id, code; fields, a list of field, from and to,
with by: merge where metadata is merged; and left. From is null where there is
nothing, or where Clerk does not show it; of secrets there is "set" or "absent".

No line holds a secret. New members and new types may be added.
`
