// Debian's gorilla/websocket as a server. Prints its port, then one line of JSON for every connection that has ended.
package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/gorilla/websocket"
)

var upgrader = websocket.Upgrader{
	Subprotocols:      []string{"echo.v2"},
	WriteBufferSize:   4096,
	EnableCompression: true,
}

func soon() time.Time { return time.Now().Add(5 * time.Second) }

func echo(w http.ResponseWriter, r *http.Request) {
	c, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer c.Close()
	c.SetPongHandler(func(string) error { return c.WriteMessage(websocket.TextMessage, []byte("pong came")) })
	for {
		kind, data, err := c.ReadMessage()
		if e, ok := err.(*websocket.CloseError); ok {
			_ = json.NewEncoder(os.Stdout).Encode(map[string]interface{}{"close": []interface{}{e.Code, e.Text}})
		}
		if err != nil {
			return
		}
		switch string(data) {
		case "please: ping":
			_ = c.WriteControl(websocket.PingMessage, []byte("server asks"), soon())
		case "please: fragments":
			writer, _ := c.NextWriter(kind)
			for _, part := range []string{"one ", "two ", "three"} {
				for i := 0; i < 2000; i++ {
					_, _ = writer.Write([]byte(part))
				}
			}
			_ = writer.Close()
		default:
			_ = c.WriteMessage(kind, data)
		}
	}
}

func closeAtOnce(w http.ResponseWriter, r *http.Request) {
	c, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer c.Close()
	_ = c.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4002, "bye ✓"), soon())
	_, _, _ = c.ReadMessage()
}

func private(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("WWW-Authenticate", `Bearer realm="peers"`)
	http.Error(w, "no token", http.StatusUnauthorized)
}

func main() {
	http.HandleFunc("/echo", echo)
	http.HandleFunc("/close", closeAtOnce)
	http.HandleFunc("/private", private)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	panic(http.Serve(listener, nil))
}
