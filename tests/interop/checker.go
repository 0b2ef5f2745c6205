// Reads one sealed log with the note and tlog packages of the Go project, and prints the proofs that these make: JSON, one object.
//
//	checker FOLDER VKEY INDEX...   FOLDER: logs/<topic>/<partition> or seals; VKEY: under the name of the log
//
// It fails when a signature, a tile, an entry or a proof is not what those packages want.
package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

type tiles struct{ folder string }

func (t tiles) Height() int                         { return height }
func (t tiles) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(t.folder, path))
		if os.IsNotExist(err) { // a part of a tile may go once the whole one is there
			whole := tile
			whole.W = 1 << height
			data, err = os.ReadFile(filepath.Join(t.folder, strings.Replace(whole.Path(), "tile/8/", "tile/", 1)))
			if err == nil {
				data = data[:tile.W*tlog.HashSize]
			}
		}
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func checkpoint(path string, verifier note.Verifier) tlog.Tree {
	data, err := os.ReadFile(path)
	must(err)
	opened, err := note.Open(data, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		must(fmt.Errorf("%s: not a checkpoint of %s", path, verifier.Name()))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	root, err := tlog.ParseHash(lines[2])
	must(err)
	return tlog.Tree{N: size, Hash: root}
}

func entries(folder string, size int64) [][]byte {
	var found [][]byte
	for n := int64(0); n*256 < size; n++ {
		width := size - n*256
		if width > 256 {
			width = 256
		}
		path := strings.Replace(tlog.Tile{H: height, L: -1, N: n, W: int(width)}.Path(), "tile/8/data/", "tile/entries/", 1)
		data, err := os.ReadFile(filepath.Join(folder, path))
		must(err)
		for len(data) > 0 {
			length := int(binary.BigEndian.Uint16(data))
			found = append(found, data[2:2+length])
			data = data[2+length:]
		}
	}
	return found
}

func main() {
	folder := os.Args[1]
	verifier, err := note.NewVerifier(os.Args[2])
	must(err)
	tree := checkpoint(filepath.Join(folder, "checkpoint"), verifier)
	reader := tlog.TileHashReader(tree, tiles{folder})
	all := entries(folder, tree.N)
	if int64(len(all)) != tree.N {
		must(fmt.Errorf("%d entries for a tree of %d", len(all), tree.N))
	}
	for n, entry := range all {
		hashes, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, int64(n))})
		must(err)
		if hashes[0] != tlog.RecordHash(entry) {
			must(fmt.Errorf("entry %d is not its leaf", n))
		}
	}
	inclusion := map[string][]string{}
	for _, word := range os.Args[3:] {
		n, err := strconv.ParseInt(word, 10, 64)
		must(err)
		proof, err := tlog.ProveRecord(tree.N, n, reader)
		must(err)
		must(tlog.CheckRecord(proof, tree.N, tree.Hash, n, tlog.RecordHash(all[n])))
		inclusion[word] = texts(proof)
	}
	consistency := map[string][]string{}
	names, err := os.ReadDir(filepath.Join(folder, "checkpoints"))
	must(err)
	for _, name := range names {
		old := checkpoint(filepath.Join(folder, "checkpoints", name.Name()), verifier)
		proof, err := tlog.ProveTree(tree.N, old.N, reader)
		must(err)
		must(tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash))
		consistency[name.Name()] = texts(proof)
	}
	out, err := json.Marshal(map[string]any{"size": tree.N, "inclusion": inclusion, "consistency": consistency})
	must(err)
	fmt.Println(string(out))
}

func texts(hashes []tlog.Hash) []string {
	found := []string{}
	for _, hash := range hashes {
		found = append(found, hash.String())
	}
	return found
}
