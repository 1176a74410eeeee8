// Debian's gorilla/websocket as a client. Usage: gorilla_client MODE URL; prints one line of JSON.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

type report map[string]interface{}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func read(c *websocket.Conn) string {
	_, data, err := c.ReadMessage()
	check(err)
	return string(data)
}

// gorilla sends what is larger than its write buffer in fragments: 1 MiB in 257.
func dialer() *websocket.Dialer {
	return &websocket.Dialer{
		Subprotocols:     []string{"chat.v1", "echo.v2"},
		WriteBufferSize:  4096,
		HandshakeTimeout: 5 * time.Second,
	}
}

func payload() []byte {
	payload := make([]byte, 1<<20)
	for i := range payload {
		payload[i] = byte(i*31 + 7)
	}
	return payload
}

func talk(url string) report {
	payload := payload()
	c, _, err := dialer().Dial(url, nil)
	check(err)
	check(c.SetReadDeadline(time.Now().Add(20 * time.Second)))
	r := report{"subprotocol": c.Subprotocol()}
	check(c.WriteMessage(websocket.TextMessage, []byte("grüße, 世界 👋")))
	r["text"] = read(c)
	check(c.WriteMessage(websocket.BinaryMessage, payload))
	r["binary"] = bytes.Equal([]byte(read(c)), payload)

	w, err := c.NextWriter(websocket.TextMessage)
	check(err)
	for _, part := range []string{"one ", "two ", "three"} {
		_, err = w.Write(bytes.Repeat([]byte(part), 2000))
		check(err)
	}
	check(w.Close())
	r["fragments"] = read(c)

	ponged := false
	c.SetPongHandler(func(data string) error { ponged = data == "are you there"; return nil })
	check(c.WriteControl(websocket.PingMessage, []byte("are you there"), time.Now().Add(time.Second)))
	check(c.WriteMessage(websocket.TextMessage, []byte("please: ping")))
	r["answered"] = read(c)
	r["pong"] = ponged

	check(c.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4001, "done ✓"), time.Now().Add(time.Second)))
	r["close"] = closing(c)
	return r
}

func compressed(url string) report {
	d := dialer()
	d.EnableCompression = true
	c, response, err := d.Dial(url, nil)
	check(err)
	check(c.SetReadDeadline(time.Now().Add(20 * time.Second)))
	r := report{"extensions": response.Header.Get("Sec-WebSocket-Extensions")}
	send := func(kind int, message string) { check(c.WriteMessage(kind, []byte(message))) }
	for _, one := range []struct {
		name, message string
		kind          int
	}{
		{"long", strings.Repeat("grüße, 世界 👋 ", 3000), websocket.TextMessage},
		{"binary", string(payload()), websocket.BinaryMessage},
		{"noText", "", websocket.TextMessage},
		{"noBytes", "", websocket.BinaryMessage},
	} {
		send(one.kind, one.message)
		kind, data, err := c.ReadMessage()
		check(err)
		r[one.name] = kind == one.kind && string(data) == one.message
	}
	small := func(i int) string {
		return fmt.Sprintf(`{"number":%d,"text":"grüße, 世界 👋","more":"%s"}`, i, strings.Repeat("-", 100))
	}
	for i := 0; i < 200; i++ {
		send(websocket.TextMessage, small(i))
	}
	same := true
	for i := 0; i < 200; i++ {
		same = read(c) == small(i) && same
	}
	r["small"] = same
	check(c.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4001, "done ✓"), time.Now().Add(time.Second)))
	r["close"] = closing(c)
	return r
}

func closing(c *websocket.Conn) interface{} {
	_, _, err := c.ReadMessage()
	if e, ok := err.(*websocket.CloseError); ok {
		return []interface{}{e.Code, e.Text}
	}
	return err.Error()
}

func closed(url string) report {
	c, _, err := dialer().Dial(url, nil)
	check(err)
	return report{"close": closing(c)}
}

func refused(url string) report {
	_, response, err := dialer().Dial(url, http.Header{"Origin": {"http://evil.example"}})
	if err == nil {
		return report{"status": 101}
	}
	return report{"status": response.StatusCode, "type": response.Header.Get("Content-Type")}
}

func main() {
	modes := map[string]func(string) report{"talk": talk, "closed": closed, "refused": refused, "compressed": compressed}
	check(json.NewEncoder(os.Stdout).Encode(modes[os.Args[1]](os.Args[2])))
}
