package main

import "friction/pipeline/config"

// reading is the flags of commands that read files.
type reading struct {
	settings
	Format string `placeholder:"FORMAT" help:"native, ncsa, w3c, access_json, csv or tsv (default: input.format of the configuration)."`
	Map    string `placeholder:"MAPPING" help:"Which column becomes which field, such as time=timestamp:s,user=id,type='page_view' (default: input.map)."`
}

func (r reading) read(w world, more ...[2]string) (config.Config, error) {
	return r.load(w, append(more, [2]string{"input.format", r.Format}, [2]string{"input.map", r.Map})...)
}
