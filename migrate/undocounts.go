package migrate

// UndoCounts are the users of an undo by their state, and the fields of those
// that updates had changed by what became of them.
type UndoCounts struct {
	States [NumUndoStates]int64
	// By wire name, in users.
	Given, Changed, Lost, Kept map[string]int64
}

// Add counts a user.
func (c *UndoCounts) Add(item *UndoItem) {
	c.States[item.State]++
	for kind, names := range map[string][]string{
		"given": item.Fields.Given, "changed": item.Fields.Changed, "lost": item.Fields.Lost, "kept": item.Fields.Kept,
	} {
		for _, name := range names {
			c.AddField(kind, name, 1)
		}
	}
}

// AddField counts n users of whom a field was given back, changed, lost or kept.
func (c *UndoCounts) AddField(kind, name string, n int64) {
	to := map[string]*map[string]int64{"given": &c.Given, "changed": &c.Changed, "lost": &c.Lost, "kept": &c.Kept}[kind]
	if to == nil {
		return
	}
	if *to == nil {
		*to = map[string]int64{}
	}
	(*to)[name] += n
}

// Users is how many users there are in all.
func (c *UndoCounts) Users() (n int64) {
	for _, k := range c.States {
		n += k
	}
	return n
}

// Left is how many have no outcome yet.
func (c *UndoCounts) Left() int64 { return c.States[UndoWaiting] + c.States[UndoSent] }
