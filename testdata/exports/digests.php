<?php
// Digests and encrypted values by PHP's frameworks, for the JSON lines on standard input; a line of JSON each.
// Debian's php-laravel-framework, php-symfony-password-hasher and wordpress (WORDPRESS: where it is, if not installed).

$wordpress = getenv('WORDPRESS') ?: '/usr/share/wordpress';
foreach (["$wordpress/wp-includes/class-phpass.php", 'Illuminate/autoload.php', 'Illuminate/Hashing/autoload.php', 'Illuminate/Encryption/autoload.php', 'Symfony/Component/PasswordHasher/autoload.php'] as $file) {
    if (stream_resolve_include_path($file)) {
        require_once $file;
    }
}

use Symfony\Component\PasswordHasher\Hasher as Symfony;

function digest(array $g): string
{
    $password = $g['password'] ?? '';
    switch ($g['kind']) {
        case 'laravel-bcrypt':
            return (new Illuminate\Hashing\BcryptHasher(['rounds' => $g['rounds']]))->make($password);
        case 'laravel-argon2i':
            return (new Illuminate\Hashing\ArgonHasher(['memory' => 1024, 'time' => 2, 'threads' => 2]))->make($password);
        case 'laravel-argon2id':
            return (new Illuminate\Hashing\Argon2IdHasher(['memory' => 65536, 'time' => 4, 'threads' => 1]))->make($password);
        case 'laravel-encrypt':
            return (new Illuminate\Encryption\Encrypter(base64_decode($g['key']), 'AES-256-CBC'))->encrypt($password);
        case 'phpass': // what WordPress wrote until 6.7
            $hasher = new PasswordHash(8, true);
            return $hasher->crypt_private(trim($password), $hasher->gensalt_private($g['salt']));
        case 'crypt':
            return crypt($password, $g['salt']);
        case 'wp-bcrypt': // WordPress 6.8's wp_hash_password, call by call
            return '$wp' . crypt(base64_encode(hash_hmac('sha384', trim($password), 'wp-sha384', true)), $g['salt']);
        case 'symfony-native':
            return (new Symfony\NativePasswordHasher(null, null, $g['cost'], $g['algorithm']))->hash($password);
        case 'symfony-sodium':
            return (new Symfony\SodiumPasswordHasher(3, 8 * 1024 * 1024))->hash($password);
        case 'symfony-digest':
            return (new Symfony\MessageDigestPasswordHasher($g['algorithm'], $g['base64'], $g['iterations']))->hash($password, $g['salt']);
        case 'symfony-pbkdf2':
            return (new Symfony\Pbkdf2PasswordHasher('sha512', true, 1000, 40))->hash($password, $g['salt']);
        case 'serialize':
            return serialize($g['value']);
    }
    throw new InvalidArgumentException($g['kind']);
}

while (($line = fgets(STDIN)) !== false) {
    echo json_encode(digest(json_decode($line, true))), "\n";
}
