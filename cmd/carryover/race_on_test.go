//go:build race

package main

// raceDetector multiplies memory and time: figures say nothing with it.
const raceDetector = true
