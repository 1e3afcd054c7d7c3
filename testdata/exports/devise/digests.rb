# Digests by Devise::Encryptor, for the lines on standard input: {"password", "pepper", "stretches"}. make.py runs it.
# Debian's ruby-devise.
require "json"
require "devise"
require "devise/encryptor"

STDIN.each_line do |line|
  given = JSON.parse(line)
  model = Struct.new(:pepper, :stretches).new(given["pepper"], given["stretches"])
  puts Devise::Encryptor.digest(model, given["password"])
end
