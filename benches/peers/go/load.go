package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// The load generator, a process of its own. Its first line says that all are connected and served: what follows counts. In
// the second one stand numbers: the events, perhaps the seconds, and in microseconds what half of the events and 99 in a hundred
// took at most.
type load struct {
	process *exec.Cmd
	lines   *bufio.Reader
	stdin   io.Closer
}

func startLoad(address net.Addr) load {
	if len(os.Args) < 4 {
		fail(fmt.Errorf("no load generator is given"))
	}
	var command []string
	for _, word := range os.Args[3:] {
		command = append(command, strings.ReplaceAll(word, "ADDRESS", address.String()))
	}
	process := exec.Command(command[0], command[1:]...)
	process.Stderr = os.Stderr
	stdout, err := process.StdoutPipe()
	if err != nil {
		fail(err)
	}
	stdin, err := process.StdinPipe()
	if err != nil {
		fail(err)
	}
	if err := process.Start(); err != nil {
		fail(err)
	}
	return load{process, bufio.NewReader(stdout), stdin}
}

func (l load) line() string {
	line, err := l.lines.ReadString('\n')
	if err != nil {
		fail(err)
	}
	return strings.TrimSpace(line)
}

// Closes its stdin, and waits for it.
func (l load) end() {
	l.stdin.Close()
	if err := l.process.Wait(); err != nil {
		fail(err)
	}
}

// Serves such clients, and tells the figures with these names.
func served(listener net.Listener, serve func(net.Listener), names ...string) figures {
	go serve(listener)
	load := startLoad(listener.Addr())
	load.line()
	before, start := cpuTime(), time.Now()
	said := load.line()
	cpu, elapsed := cpuTime()-before, time.Since(start)
	load.end()
	var numbers []float64
	for _, word := range strings.Fields(said) {
		number, err := strconv.ParseFloat(word, 64)
		if err != nil {
			fail(err)
		}
		numbers = append(numbers, number)
	}
	if len(numbers) < 3 {
		fail(fmt.Errorf("no figures: %s", said))
	}
	events, median, slow := numbers[0], numbers[len(numbers)-2], numbers[len(numbers)-1]
	values := map[string]float64{
		"cpu":        float64(cpu.Nanoseconds()) / events,
		"per-second": events / elapsed.Seconds(),
		"middle":     median,
		"slow":       slow,
		"last":       median,
		"last-slow":  slow,
	}
	var found figures
	for _, name := range names {
		found = append(found, figure{name, values[name]})
	}
	return found
}

// What idle goroutines do not need may be given back after a while.
const idleFor = time.Second

// Serves clients who rest once they are there: what one of them takes.
func resting(many int, listener net.Listener, serve func(net.Listener)) figures {
	go serve(listener)
	before := usageNow()
	load := startLoad(listener.Addr())
	load.line()
	time.Sleep(idleFor)
	during := usageNow()
	load.end()
	return figures{{"memory", (during.bytes - before.bytes) / float64(many)}}
}
