//go:build race

package hashers_test

const raceDetector = true
