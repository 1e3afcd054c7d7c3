"""A PostgreSQL of one's own, for as long as a script runs: it listens on no port, and its folder is removed.

Needs Debian's postgresql-15 or newer and psql. As root the server runs as the user postgres.
"""
import glob
import os
import shutil
import subprocess
import tempfile


class Postgres:
    def __enter__(self):
        self.bin = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        self.folder = tempfile.mkdtemp(prefix="exports-pg-")
        self.socket = self.folder
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        data = f"{self.folder}/data"
        self.run(f"{self.bin}/initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
        options = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c fsync=off -c timezone=UTC"
        self.run(f"{self.bin}/pg_ctl", "-D", data, "-l", f"{self.folder}/log", "-o", options, "-w", "start")
        os.chmod(self.folder, 0o755)
        return self

    def __exit__(self, *_):
        self.run(f"{self.bin}/pg_ctl", "-D", f"{self.folder}/data", "-m", "immediate", "stop")
        shutil.rmtree(self.folder)

    def run(self, *argv):
        if os.getuid() == 0:
            argv = ("runuser", "-u", "postgres", "--") + argv
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, cwd="/")

    def psql(self, text, *args):
        """Runs SQL and psql's own commands; what they print comes back."""
        argv = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.socket, "-U", "postgres", "-d", "postgres", *args]
        return subprocess.run(argv, input=text, check=True, stdout=subprocess.PIPE, text=True).stdout

    def copy_csv(self, query, path):
        """What \\copy (query) TO path WITH (FORMAT csv, HEADER) writes."""
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.psql(f"COPY ({query}) TO STDOUT WITH (FORMAT csv, HEADER)"))

    def insert(self, table, rows):
        """Rows are dicts of Python values; None is NULL."""
        self.psql("".join(
            f"INSERT INTO {table} ({', '.join(map(quoted, row))}) VALUES ({', '.join(literal(v) for v in row.values())});\n" for row in rows))


def quoted(name):
    return f'"{name}"'


def literal(value):
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "'" + str(value).replace("'", "''") + "'"


def node(script, socket, given):
    """Runs a module of Node.js in the folder NODE_MODULES, which has the packages; what it prints comes back."""
    with open(script, encoding="utf-8") as file:
        argv = ["node", "--input-type=module", "-e", file.read(), "--", socket]
    return subprocess.run(argv, input=given, text=True, check=True, stdout=subprocess.PIPE, cwd=os.environ["NODE_MODULES"]).stdout
