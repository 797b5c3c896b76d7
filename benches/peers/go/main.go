// Go beside gopark: the work of ../src/workload.rs as a Go user would write it, with the standard library alone.
//
//	gopeer WORKLOAD EVENTS [LOADER ...]
//
// does EVENTS events of one kind of work, in this process, and prints its figures: lines like `time 27.310`, with the names that
// ../src/figure.rs has. Nothing is printed for work that is not known here. An exit code other than 0 says that it has failed.
//
// The number of workers is GOMAXPROCS, which the caller sets, as it sets the processors. Everything else is as Go has it by
// default, its garbage collector among it.
//
// A server listens on a port of its own choice and then starts LOADER, the command of the load generator, in which ADDRESS
// stands for where it listens. Figures are of this process, what the load generator takes is not counted.
package main

import (
	"fmt"
	"os"
	"strconv"
)

// Each does so many events.
var workloads = map[string]func(events int) figures{
	"yield-2":       func(events int) figures { return each(events, yields(2, events)) },
	"yield-1000":    func(events int) figures { return each(events, yields(1000, events)) },
	"spawn-join":    func(events int) figures { return each(events, spawnJoin(events)) },
	"spawn-million": func(events int) figures { return each(events, spawnThenJoin(events)) },
	"skynet":        func(events int) figures { return each(events, skynet(events)) },
	"ping-pong":     func(events int) figures { return each(events, pingPong(events)) },
	"ping-pong-2":   func(events int) figures { return each(events, pingPong(events)) },
	"mpsc":          func(events int) figures { return each(events, crowd(1, events)) },
	"mpmc":          func(events int) figures { return each(events, crowd(4, events)) },
	"mutex":         func(events int) figures { return each(events, contenders(64, events)) },
	"select":        func(events int) figures { return each(events, selects(events)) },
	"parked":        parked,
	"timers":        timers,
	"hogs-spinning": func(events int) figures { return hogs(events, spin) },
	"hogs-blocking": func(events int) figures { return hogs(events, block) },
	"echo-1":        echoed,
	"echo-64":       echoed,
	"echo-1000":     echoed,
	"echo-10000":    echoed,
	"idle":          idle,
	"idle-tls":      idleTLS,
	"http-1":        func(int) figures { return served(listen(), serveHTTP, "cpu", "middle", "slow") },
	"http-16":       func(int) figures { return served(listen(), serveHTTP, "cpu", "per-second", "middle", "slow") },
	"fan-out":       func(int) figures { return served(listen(), serveFanOut, "cpu", "last", "last-slow") },
	"skew":          skewed,
}

func main() {
	if len(os.Args) < 3 {
		fail(fmt.Errorf("usage: gopeer WORKLOAD EVENTS [LOADER ...]"))
	}
	events, err := strconv.Atoi(os.Args[2])
	if err != nil {
		fail(err)
	}
	if work, ok := workloads[os.Args[1]]; ok {
		for _, figure := range work(events) {
			fmt.Printf("%s %.3f\n", figure.metric, figure.value)
		}
	}
}

// Whatever goes wrong ends the measurement.
func fail(err error) {
	fmt.Fprintln(os.Stderr, "gopeer:", err)
	os.Exit(1)
}
