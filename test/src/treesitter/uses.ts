/** Files in several languages, and what a reader of each would say that they call and import. */

interface Sample {
  readonly path: string
  readonly text: string
  /** Sorted, each once. */
  readonly calls: ReadonlyArray<string>
  readonly imports: ReadonlyArray<string>
}

export const useSamples: ReadonlyArray<Sample> = [
  {
    path: "a.py",
    text: `import os.path, json as j
from .band import play as p, Song
# not_called()
@cached
def f(): return g(Song("h()").play())
`,
    calls: ["Song", "cached", "g", "play"],
    imports: [".band", "Song", "json", "os.path", "play"]
  },
  {
    path: "a.ts",
    text: `import { a } from "./a.ts"
import type { T } from "../t"
export * from '@scope/pkg/File'
const late = await import("late")
const { b } = require("node:b")
new Song<T>(a()).play("no()")
new ns.Other()
`,
    calls: ["Other", "Song", "a", "play", "require"],
    imports: ["../t", "./a.ts", "@scope/pkg/File", "late", "node:b"]
  },
  {
    path: "a.tsx",
    text: "const V = () => <Song><Title/><p>{f()}</p></Song>\n",
    calls: ["Song", "Title", "f", "p"],
    imports: []
  },
  { path: "a.js", text: 'import "./x.js"\nf?.(); g`t`\n', calls: ["f", "g"], imports: ["./x.js"] },
  {
    path: "a.go",
    text: `package a
import ("fmt"; b "x.org/y/band")
func f() { fmt.Println(g()); h := b.New; h() }
`,
    calls: ["Println", "g", "h"],
    imports: ["fmt", "x.org/y/band"]
  },
  {
    path: "a.rs",
    text: `use crate::band::{Song, play as p};
mod keys;
fn f() { Song::new().play(); p::<u8>(); println!("g()"); }
`,
    calls: ["new", "p", "play", "println"],
    imports: ["crate::band::{Song, play as p}", "keys"]
  },
  {
    path: "A.java",
    text: `import a.b.Song;
import a.c.*;
class A { void f() { new Song<T>().play(g()); h(this::k); } }
`,
    calls: ["Song", "g", "h", "k", "play"],
    imports: ["a.b.Song", "a.c"]
  },
  {
    path: "a.cpp",
    text: `#include "b/band.h"
#include <vector>
int f() { auto s = new Song(); s->play(); ns::g(); return h<int>(1) + k(); }
`,
    calls: ["Song", "g", "h", "k", "play"],
    imports: ["b/band.h", "vector"]
  },
  {
    path: "A.cs",
    text: "using N.M;\nclass A { void F() { new Song().Play(G()); } }\n",
    calls: ["G", "Play", "Song"],
    imports: ["N.M"]
  },
  {
    path: "a.rb",
    text: 'require "band"\nrequire_relative "../song"\ndef f\n  play\n  Song.new(1).stop\nend\n',
    calls: ["f", "new", "play", "require", "require_relative", "stop"],
    imports: ["../song", "band"]
  },
  {
    path: "a.php",
    text: `<?php
use A\\B\\Song;
require_once 'band.php';
$s = new Song(); $s->play(f()); Song::stop();
`,
    calls: ["Song", "f", "play", "stop"],
    imports: ["A\\B\\Song", "band.php"]
  },
  {
    path: "a.sh",
    text: 'source ./band.sh\nplay "$(stop)"\n',
    calls: ["play", "source", "stop"],
    imports: ["./band.sh"]
  }
]
