# Digests made by Ruby's bcrypt and by Devise, for make_vectors.py, which starts this script.
#
# Reads a JSON object of passwords by name from standard input; writes one JSON object a line.
# Needs ruby-devise (Debian), which brings ruby-bcrypt.
require "json"
require "bcrypt"
require "active_support"
require "active_support/core_ext/object/blank"
gem "devise"
require "devise/encryptor"

PASSWORDS = JSON.parse($stdin.read)
DEVISE = Gem.loaded_specs["devise"].version.to_s
BCRYPT = Gem.loaded_specs["bcrypt"].version.to_s
Model = Struct.new(:pepper, :stretches)

def vector(hasher, digest, name, tool, version, note)
  puts JSON.generate(hasher: hasher, digest: digest, password: PASSWORDS.fetch(name), tool: tool, version: version, note: note)
end

vector("bcrypt", BCrypt::Password.create(PASSWORDS["phrase"], cost: 12).to_s, "phrase", "Ruby bcrypt", BCRYPT, "cost 12, its default")
vector("bcrypt", BCrypt::Password.create(PASSWORDS["cjk"], cost: 4).to_s, "cjk", "Ruby bcrypt", BCRYPT, "cost 4")

# Devise appends the pepper to the password; Clerk wants the pepper after the digest.
hex = "5e0a9d3c7b1f48264c8d02b7a6e91f35" * 4
[
  ["phrase", hex, 10, "pepper of 128 hex characters, as devise:install suggests; cost 10"],
  ["empty", hex, 4, "empty password"],
  ["cyrillic", "white-pepper", 4, "short pepper"],
  ["emoji", "p", 5, "pepper of one character"],
  ["dollar", "Sp1ce/rack+9=", 4, "pepper with base64 characters"],
  ["cjk", "胡椒", 4, "pepper outside ASCII"],
  ["long", "black-pepper", 4, "bcrypt keeps the first 72 bytes: nothing of the pepper is left"],
  ["phrase", "red$hot", 4, "undecided: $ in the pepper"],
].each do |name, pepper, stretches, note|
  digest = Devise::Encryptor.digest(Model.new(pepper, stretches), PASSWORDS[name])
  vector("bcrypt_peppered", "#{digest}$#{pepper}", name, "Devise", DEVISE, note)
end
