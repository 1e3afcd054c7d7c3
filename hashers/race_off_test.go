//go:build !race

package hashers_test

// raceDetector tells the tests to leave out what takes minutes when instrumented.
const raceDetector = false
