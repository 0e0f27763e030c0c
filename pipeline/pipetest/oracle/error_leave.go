package oracle

func errorLeave() *signal {
	return &signal{
		name: "error_leave", usual: values{"within": "10s"}, within: "within",
		absorbedBy: []string{"retry", "crash", "error_click", "server_error_chain"},
		find:       (*reading).leaving,
	}
}
