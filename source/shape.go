package source

// A Cell is one value of a column that is not known here.
type Cell struct {
	Text string
	Kind Kind
}
