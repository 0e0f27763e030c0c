package adapter

import "friction/pipeline/fields"

// part is a part of an entry of an access log.
type part uint8

const (
	partNone part = iota
	partTime
	partAddress
	partForwarded
	partUser
	partMethod
	partTarget
	partQuery
	partRequest // the whole first line
	partStatus
	partTook
	partHost
	partReferrer
	partAgent
	partCount
)

// jsonMember is what a member of a JSON access log means.
type jsonMember struct {
	part   part
	rank   uint8 // of several members for one part the lowest counts
	unit   fields.Unit
	inside bool // as an object it holds members of the request
}

// memberOf finds a member by its name: capitals do not count, nor whether words are
// joined by _ or -, nor @ and : in front.
func memberOf(name []byte) jsonMember {
	var text [40]byte
	if string(name) == "Duration" { // Traefik's
		return jsonMember{part: partTook, unit: fields.Nanoseconds}
	}
	for len(name) > 0 && (name[0] == '@' || name[0] == ':') {
		name = name[1:]
	}
	if len(name) > len(text) {
		return jsonMember{}
	}
	lower := fields.AppendLower(text[:0], name)
	for i, c := range lower {
		if c == '-' {
			lower[i] = '_'
		}
	}
	return jsonMembers[string(lower)]
}

// jsonMembers are the names in use: variables of nginx; fields of Envoy, Caddy,
// Traefik, Cloudflare and Google's load balancers; and what people call them who
// write a format of their own.
var jsonMembers = map[string]jsonMember{
	"msec": {part: partTime}, "start_time": {part: partTime}, "startutc": {part: partTime}, "edgestarttimestamp": {part: partTime},
	"time_iso8601": {part: partTime, rank: 1}, "ts": {part: partTime, rank: 1}, "timestamp": {part: partTime, rank: 2},
	"time": {part: partTime, rank: 3}, "time_local": {part: partTime, rank: 3}, "date": {part: partTime, rank: 4}, "datetime": {part: partTime, rank: 3},

	"client_ip": {part: partAddress}, "clientip": {part: partAddress}, "clienthost": {part: partAddress}, "remote_addr": {part: partAddress},
	"remote_ip": {part: partAddress, rank: 1}, "remoteip": {part: partAddress, rank: 1}, "downstream_remote_address": {part: partAddress, rank: 1},
	"ip": {part: partAddress, rank: 2}, "remote_address": {part: partAddress, rank: 2}, "remote_host": {part: partAddress, rank: 2}, "client": {part: partAddress, rank: 2, inside: true},
	"client_addr": {part: partAddress, rank: 2}, "clientaddr": {part: partAddress, rank: 3}, "downstream_direct_remote_address": {part: partAddress, rank: 4},

	"http_x_forwarded_for": {part: partForwarded}, "x_forwarded_for": {part: partForwarded}, "request_x_forwarded_for": {part: partForwarded},
	"forwarded_for": {part: partForwarded}, "xff": {part: partForwarded}, "proxy_add_x_forwarded_for": {part: partForwarded, rank: 1},
	"http_x_real_ip": {part: partForwarded, rank: 2}, "x_real_ip": {part: partForwarded, rank: 2},

	"remote_user": {part: partUser}, "clientusername": {part: partUser}, "user_id": {part: partUser, rank: 1}, "userid": {part: partUser, rank: 1},
	"username": {part: partUser, rank: 1}, "user": {part: partUser, rank: 2},

	"request_method": {part: partMethod}, "requestmethod": {part: partMethod}, "clientrequestmethod": {part: partMethod},
	"http_method": {part: partMethod, rank: 1}, "method": {part: partMethod, rank: 1}, "verb": {part: partMethod, rank: 2},

	"request_uri": {part: partTarget}, "requestpath": {part: partTarget}, "requesturl": {part: partTarget}, "clientrequesturi": {part: partTarget},
	"x_envoy_original_path": {part: partTarget}, "x_envoy_origin_path": {part: partTarget}, "request_url": {part: partTarget, rank: 1},
	"clientrequestpath": {part: partTarget, rank: 1}, "uri": {part: partTarget, rank: 1}, "path": {part: partTarget, rank: 1},
	"request_path": {part: partTarget, rank: 1}, "url": {part: partTarget, rank: 2, inside: true}, "document_uri": {part: partTarget, rank: 3},
	"args": {part: partQuery}, "query_string": {part: partQuery}, "query": {part: partQuery, rank: 1},

	"request": {part: partRequest, inside: true}, "request_line": {part: partRequest, rank: 1},
	"httprequest": {inside: true}, "headers": {inside: true}, "http": {inside: true}, "response": {inside: true},

	"status": {part: partStatus}, "response_code": {part: partStatus}, "downstreamstatus": {part: partStatus}, "edgeresponsestatus": {part: partStatus},
	"status_code": {part: partStatus, rank: 1}, "response_status": {part: partStatus, rank: 1}, "sc_status": {part: partStatus, rank: 1},

	"request_time": {part: partTook, unit: fields.Seconds}, "duration": {part: partTook}, "duration_ms": {part: partTook, unit: fields.Milliseconds},
	"request_time_ms": {part: partTook, unit: fields.Milliseconds}, "generation_time_milli": {part: partTook, unit: fields.Milliseconds},
	"latency": {part: partTook, rank: 1},

	"host": {part: partHost}, "http_host": {part: partHost}, "authority": {part: partHost}, "requesthost": {part: partHost},
	"clientrequesthost": {part: partHost}, "vhost": {part: partHost}, "server_name": {part: partHost, rank: 1},

	"http_referer": {part: partReferrer}, "http_referrer": {part: partReferrer}, "referer": {part: partReferrer}, "referrer": {part: partReferrer},
	"request_referer": {part: partReferrer}, "clientrequestreferer": {part: partReferrer},

	"http_user_agent": {part: partAgent}, "user_agent": {part: partAgent}, "useragent": {part: partAgent}, "agent": {part: partAgent, rank: 1},
	"request_user_agent": {part: partAgent}, "clientrequestuseragent": {part: partAgent},
}
