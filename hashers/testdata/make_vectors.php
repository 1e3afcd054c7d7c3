<?php
// Digests made by PHP itself, Symfony and phpass, for make_vectors.py, which starts this script.
//
// Reads a JSON object of passwords by name from standard input; writes one JSON object a line.
// Needs php-cli 8 with Argon2, and two checkouts named in the environment:
//   SYMFONY_HASHER  symfony/password-hasher (7.0 was used)
//   PHPASS          hautelook/phpass 1.1.0, the Portable PHP password hashing framework as a class

$symfony = getenv('SYMFONY_HASHER');
$phpass = getenv('PHPASS');
foreach (['PasswordHasherInterface', 'LegacyPasswordHasherInterface', 'Exception/ExceptionInterface',
    'Exception/InvalidPasswordException', 'Exception/LogicException', 'Hasher/CheckPasswordLengthTrait',
    'Hasher/MessageDigestPasswordHasher'] as $name) {
    require "$symfony/$name.php";
}
require "$phpass/src/Hautelook/Phpass/PasswordHash.php";

use Hautelook\Phpass\PasswordHash;
use Symfony\Component\PasswordHasher\Hasher\MessageDigestPasswordHasher;

$passwords = json_decode(stream_get_contents(STDIN), true, 8, JSON_THROW_ON_ERROR);

function vector(string $hasher, string $digest, string $name, string $tool, string $version, string $note): void
{
    global $passwords;
    echo json_encode(['hasher' => $hasher, 'digest' => $digest, 'password' => $passwords[$name], 'tool' => $tool,
        'version' => $version, 'note' => $note], JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE), "\n";
}

function php(string $hasher, string $digest, string $name, string $call, string $note): void
{
    vector($hasher, $digest, $name, "PHP $call", PHP_VERSION, $note);
}

// password_hash: the default cost was 10 up to PHP 8.3 and is 12 since 8.4.
foreach ([['phrase', 10], ['empty', 4], ['greek', 5], ['long', 4]] as [$name, $cost]) {
    $note = "cost $cost" . ($name === 'long' ? '; bcrypt keeps the first 72 bytes' : '');
    php('bcrypt', password_hash($passwords[$name], PASSWORD_BCRYPT, ['cost' => $cost]), $name, 'password_hash', $note);
}
$small = ['memory_cost' => 256, 'time_cost' => 2, 'threads' => 1];
$default = ['memory_cost' => 65536, 'time_cost' => 4, 'threads' => 1];
php('argon2i', password_hash($passwords['dollar'], PASSWORD_ARGON2I, $small), 'dollar', 'password_hash', 'small parameters');
php('argon2i', password_hash($passwords['phrase'], PASSWORD_ARGON2I, $default), 'phrase', 'password_hash', 'defaults of PHP');
php('argon2id', password_hash($passwords['dollar'], PASSWORD_ARGON2ID, $small), 'dollar', 'password_hash', 'small parameters');
php('argon2id', password_hash($passwords['phrase'], PASSWORD_ARGON2ID, $default), 'phrase', 'password_hash', 'defaults of PHP and Laravel');

foreach (['phrase', 'cyrillic', 'empty'] as $name) {
    php('md5', md5($passwords[$name]), $name, 'md5', 'plain');
    php('sha256', hash('sha256', $passwords[$name]), $name, 'hash', 'plain');
}
// Two habits of old applications: salt first (Magento), salt last (Joomla 1.5).
foreach ([['phrase', 'x9'], ['emoji', '0f4Kz1'], ['empty', 'abcdef0123456789'], ['long', 'Zr']] as [$name, $salt]) {
    $before = $salt . $passwords[$name];
    php('md5_salted', "$salt$" . md5($before), $name, 'md5', 'undecided: salt before the password');
    php('sha256_salted', "$salt$" . hash('sha256', $before), $name, 'hash', 'undecided: salt before the password');
}
foreach ([['dollar', 'Lm3QpT7sVw1ZxC5b'], ['cjk', '8c'], ['short', 'N.-_x']] as [$name, $salt]) {
    $after = $passwords[$name] . $salt;
    php('md5_salted', "$salt$" . md5($after), $name, 'md5', 'undecided: salt after the password');
    php('sha256_salted', "$salt$" . hash('sha256', $after), $name, 'hash', 'undecided: salt after the password');
}

// Symfony's "legacy message digest" encoder; 5000 is its default. FOSUserBundle's salts have 31 of 0-9a-z.
foreach ([
    ['phrase', 5000, '3b9zq0k7mhs08wk4c8gckw4s4ow0gcs', 'defaults; a salt as FOSUserBundle makes them'],
    ['greek', 5000, 'o5uj0f2xnpwo0k8sgk0cw4ok8o4ko08', 'defaults; a salt as FOSUserBundle makes them'],
    ['empty', 1, 'c3ab8ff1', 'one iteration'],
    ['long', 2, 'a.b-c_d', 'two iterations'],
    ['emoji', 500, '1', 'salt of one character'],
    ['dollar', 1000, 'N0p+Qr/St=', 'salt with base64 characters'],
    ['short', 10000, 'f00dfeed', 'twice the default'],
    ['cyrillic', 5000, '', 'undecided: no salt'],
] as [$name, $iterations, $salt, $note]) {
    $digest = (new MessageDigestPasswordHasher('sha512', true, $iterations))->hash($passwords[$name], $salt);
    vector('sha512_symfony', "sha512_symfony$$iterations$$salt$$digest", $name, 'Symfony MessageDigestPasswordHasher', '7.0', $note);
}

// 8 is what WordPress used, 4 the least that the framework makes.
foreach ([['phrase', 8], ['emoji', 4], ['long', 5], ['empty', 8]] as [$name, $cost]) {
    $hash = (new PasswordHash($cost, true))->HashPassword($passwords[$name]);
    vector('phpass', $hash, $name, 'hautelook/phpass', '1.1.0', "cost parameter $cost" . ($cost === 8 ? ', as WordPress before 6.8' : ''));
}
foreach (['dollar', 'cjk', 'phrase'] as $name) {
    $hash = (new PasswordHash(5, true))->HashPassword(md5($passwords[$name]));
    vector('md5_phpass', $hash, $name, 'hautelook/phpass', '1.1.0',
        'undecided; reading: phpass over the lower-case hex MD5 of the password (MD5 digests wrapped in an upgrade)');
}
foreach (['greek', 'empty', 'short'] as $name) {
    $hash = (new PasswordHash(8, true))->HashPassword($passwords[$name]);
    vector('md5_phpass', $hash, $name, 'hautelook/phpass', '1.1.0', 'undecided; reading: phpass itself, which is made of MD5');
}
