package report

import (
	"fmt"
	"math"
	"time"
)

// side is the length of a chart's sides in its own units. The page stretches it;
// lines keep their width.
const side = 1000.0

// A tick is a labelled place on an axis, in percent from its beginning.
type tick struct {
	At    float64
	Label string
	Minor bool // left out where the page is narrow
}

// Up is the same from above, in the units of a chart.
func (t tick) Up() float64 { return round(side - t.At/100*side) }

// An axis maps values to places. The zero axis maps all to 0.
type axis struct{ from, to float64 }

// place returns where a value stands, from 0 to side.
func (a axis) place(value float64) float64 {
	if !(a.to > a.from) || math.IsNaN(value) {
		return 0
	}
	return min(max((value-a.from)/(a.to-a.from), 0), 1) * side
}

// percent returns the same from 0 to 100.
func (a axis) percent(value float64) float64 { return round(a.place(value) / side * 100) }

// round keeps a tenth of a unit, which nobody sees, so that a path is short.
func round(v float64) float64 { return math.Round(v*10) / 10 }

// niceStep returns the smallest of 1, 2 and 5 times a power of ten that is at
// least least.
func niceStep(least float64) float64 {
	if !(least > 0) || math.IsInf(least, 1) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(least)))
	for _, times := range []float64{1, 2, 5} {
		if times*power >= least*(1-1e-9) {
			return times * power
		}
	}
	return 10 * power
}

// countAxis is an axis from 0 to at least most, with three to six ticks at round
// values. Ticks are whole numbers where whole is set.
func countAxis(most float64, whole bool, label func(float64) string) (axis, []tick) {
	if !(most > 0) || math.IsInf(most, 1) {
		most = 1
	}
	step := niceStep(most / 5)
	if whole {
		step = max(step, 1)
	}
	a := axis{0, math.Ceil(most/step*(1-1e-9)) * step}
	var ticks []tick
	for i := 0; ; i++ {
		v := float64(i) * step
		if v > a.to*(1+1e-9) {
			return a, ticks
		}
		ticks = append(ticks, tick{At: a.percent(v), Label: label(v)})
	}
}

// short writes a number in a few characters: 950, 12k, 1.5M.
func short(v float64) string {
	switch {
	case v >= 1e9:
		return trim(v/1e9) + "G"
	case v >= 1e6:
		return trim(v/1e6) + "M"
	case v >= 1e4:
		return trim(v/1e3) + "k"
	default:
		return trim(v)
	}
}

// trim writes a number with the fraction that it needs, to hundredths.
func trim(v float64) string {
	if v == math.Trunc(v) {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%g", math.Round(v*100)/100)
}

// milli writes milliseconds: 0.5 ms, 180 ms, 2 s.
func milli(ms float64) string {
	if ms >= 1000 {
		return trim(ms/1000) + " s"
	}
	return trim(ms) + " ms"
}

var timeSteps = []time.Duration{
	100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
}

// timeAxis is an axis of the time that runs have taken, in seconds.
func timeAxis(seconds float64) (axis, []tick) {
	if !(seconds > 0) {
		seconds = 1
	}
	a := axis{0, seconds}
	step := timeSteps[len(timeSteps)-1]
	for _, s := range timeSteps {
		if seconds/s.Seconds() <= 6 {
			step = s
			break
		}
	}
	for seconds/step.Seconds() > 6 {
		step *= 2
	}
	var ticks []tick
	for i := 0; float64(i)*step.Seconds() <= seconds; i++ {
		at := time.Duration(i) * step
		ticks = append(ticks, tick{At: a.percent(at.Seconds()), Label: clock(at, step), Minor: i%2 == 1})
	}
	return a, ticks
}

// clock writes a time that runs have taken, as precisely as the step of its
// axis asks for.
func clock(d, step time.Duration) string {
	switch {
	case d == 0:
		return "0"
	case step < time.Second:
		return trim(d.Seconds()) + " s"
	case d < time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < time.Hour && step >= time.Minute:
		return fmt.Sprintf("%.0f min", d.Minutes())
	case d < time.Hour:
		return fmt.Sprintf("%d:%02d min", int(d.Minutes()), int(d.Seconds())%60)
	case step >= time.Hour:
		return fmt.Sprintf("%.0f h", d.Hours())
	default:
		return fmt.Sprintf("%d:%02d h", int(d.Hours()), int(d.Minutes())%60)
	}
}

// logAxis is a logarithmic axis of milliseconds, with ticks at 1, 2 and 5 times
// the powers of ten.
func logAxis(from, to float64) (logarithmic, []tick) {
	a := logarithmic{axis{math.Log10(from), math.Log10(to)}}
	var ticks []tick
	for power := math.Floor(a.from); power <= a.to; power++ {
		for i, times := range []float64{1, 2, 5} {
			if v := times * math.Pow(10, power); v >= from*(1-1e-9) && v <= to*(1+1e-9) {
				ticks = append(ticks, tick{At: a.percent(v), Label: milli(v), Minor: i > 0})
			}
		}
	}
	if to/from < 30 { // few enough, and it may hold no power of ten
		for i := range ticks {
			ticks[i].Minor = false
		}
	}
	return a, ticks
}

type logarithmic struct{ axis }

func (a logarithmic) place(value float64) float64   { return a.axis.place(math.Log10(value)) }
func (a logarithmic) percent(value float64) float64 { return a.axis.percent(math.Log10(value)) }
