package hashers_test

import (
	"fmt"

	"carryover/hashers"
)

func ExampleCheck() {
	digest := "$2y$16$9ZcYckMIemCS7gzFJEgqd.q1ottKuqcyF.A0StTIF615cqr0BY4ZG"
	v := hashers.Check("bcrypt", digest)
	fmt.Printf("%v (%s): %s: %s\n", v.Status, v.Code, v.Part, v.Why)
	fmt.Println(v.Fix)
	// Output:
	// invalid (digest_cost): cost: Clerk refuses a bcrypt cost above 15
	// import the user without a password and ask for a new one
}

func ExampleVerify() {
	info, _ := hashers.Lookup("md5_salted")
	m, err := hashers.Verify("md5_salted", info.Example, hashers.ExamplePassword)
	fmt.Println(m.OK, m.How, err)
	// Output: true salt before the password <nil>
}

func ExampleIdentify() {
	for _, g := range hashers.Identify("$wp$2y$10$Xq8r0v3x5Jm1Zk7n2Lw9euT4bYc6dHf8gRi0jSk1lMn2oPq3rStu4") {
		fmt.Printf("%s: %s\n", g.Confidence, g.Why)
	}
	// Output: unsupported: WordPress 6.8 and later: bcrypt over an HMAC, which is not plain bcrypt
}

func ExampleRewriteNamed() {
	// Flask's default of some years ago, which another hasher of Clerk's can express.
	out, v := hashers.RewriteNamed("werkzeug", "pbkdf2:sha256:1000$sAlT$2ab1f3ecd3d2ab2e3f2ff1e1ad4a6ac33a70d58e7f0f3ab7c8e2d45a8bbd1f60", nil)
	fmt.Println(v.Status, out.Hasher)
	fmt.Println(out.Digest)
	// Output:
	// ok pbkdf2_sha256_django
	// pbkdf2_sha256$1000$sAlT$KrHz7NPSqy4/L/HhrUpqwzpw1Y5/Dzq3yOLUWou9H2A=
}
