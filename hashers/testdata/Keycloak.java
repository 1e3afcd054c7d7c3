// Prints PBKDF2 credentials as Keycloak stores them, made with the same calls
// of the Java platform that its Pbkdf2PasswordHashProvider makes. rewrites.py
// runs it: java Keycloak.java PASSWORD SALT_HEX ITERATIONS
//
// A line each: algorithm, then the base64 of the 64-byte key.

import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

class Keycloak {
    public static void main(String[] args) throws Exception {
        byte[] salt = HexFormat.of().parseHex(args[1]);
        String[][] providers = {
            {"pbkdf2", "PBKDF2WithHmacSHA1"},
            {"pbkdf2-sha256", "PBKDF2WithHmacSHA256"},
            {"pbkdf2-sha512", "PBKDF2WithHmacSHA512"},
        };
        for (String[] provider : providers) {
            PBEKeySpec spec = new PBEKeySpec(args[0].toCharArray(), salt, Integer.parseInt(args[2]), 512);
            byte[] key = SecretKeyFactory.getInstance(provider[1]).generateSecret(spec).getEncoded();
            System.out.println(provider[0] + " " + Base64.getEncoder().encodeToString(key));
        }
    }
}
