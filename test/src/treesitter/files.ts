/** Files in several languages, and the symbols that a reader of each would name: kind, name, first and last line. */

interface Sample {
  readonly path: string
  readonly text: string
  readonly symbols: ReadonlyArray<string>
}

export const samples: ReadonlyArray<Sample> = [
  {
    path: "songs/player.py",
    text: `VOLUME = 11

@cached
def play(song, loud=True):
    def inner():
        pass
    return song

class Player(Base):
    """Plays."""
    queue: list = []
    name: str

    def __init__(self):
        self.key = lambda: 1

    @property
    def next(self): return self.queue[0]

    class Error(Exception):
        pass

async def main(): ...
`,
    symbols: [
      "variable VOLUME 1-1",
      "function play 3-7",
      "class Player 9-21",
      "variable Player.queue 11-11",
      "variable Player.name 12-12",
      "method Player.__init__ 14-15",
      "method Player.next 17-18",
      "class Player.Error 20-21",
      "function main 23-23"
    ]
  },
  {
    path: "player.ts",
    text: `export const volume = 11, loud = () => true
export function play<A>(song: A): A {
  const inner = () => song
  return inner()
}
function over(a: string): void
function over(a: number): void {}
export abstract class Player extends Base {
  readonly queue = []
  #next = () => 1
  constructor() { super() }
  get first() { return 1 }
  abstract stop(): void
}
export interface Song { title: string; play(loud: boolean): void }
type Title = string
enum Key { C, D }
namespace keys {
  export function sharp() {}
}
describe("songs", () => { function hidden() {} })
export const object = { method() { function alsoHidden() {} } }
`,
    symbols: [
      "variable volume 1-1",
      "function loud 1-1",
      "function play 2-5",
      "function over 6-6",
      "function over#2 7-7",
      "class Player 8-14",
      "variable Player.queue 9-9",
      "method Player.#next 10-10",
      "method Player.constructor 11-11",
      "method Player.first 12-12",
      "method Player.stop 13-13",
      "interface Song 15-15",
      "method Song.play 15-15",
      "type Title 16-16",
      "enum Key 17-17",
      "module keys 18-20",
      "function keys.sharp 19-19",
      "variable object 22-22"
    ]
  },
  {
    path: "View.tsx",
    text: "export const View = (p: Props) => <div>{p.title}</div>\nfunction Empty() { return <View /> }\n",
    symbols: ["function View 1-1", "function Empty 2-2"]
  },
  {
    path: "player.mjs",
    text: "class A { x = 1; #y; m() {} }\nvar q = function () {}\nmodule.exports = { f() {} }\nfunction* g() {}\n",
    symbols: [
      "class A 1-1",
      "variable A.x 1-1",
      "variable A.#y 1-1",
      "method A.m 1-1",
      "function q 2-2",
      "function g 4-4"
    ]
  },
  {
    path: "player.go",
    text: `package player

const X, Y = 1, 2
var (
	z int
	w = 3
)
type Song struct { title string }
type Player interface { Play(s Song) error }
type Alias = Song
func play(a int) int {
	f := func() int { return a }
	return f()
}
func (s *Song) Play(loud bool) error { return nil }
func (l List[T]) Len() int { return 0 }
`,
    symbols: [
      "variable X 3-3",
      "variable Y 3-3",
      "variable z 5-5",
      "variable w 6-6",
      "struct Song 8-8",
      "interface Player 9-9",
      "method Player.Play 9-9",
      "type Alias 10-10",
      "function play 11-14",
      "method Song.Play 15-15",
      "method List.Len 16-16"
    ]
  },
  {
    path: "player.rs",
    text: `pub const X: i32 = 1;
struct Song { title: String }
struct Unit;
enum Key { C, D }
trait Play { fn play(&self); fn stop(&self) {} }
impl Song {
    pub fn new() -> Song { todo!() }
}
impl<A> From<A> for Song { fn from(a: A) -> Song { todo!() } }
mod keys { pub fn sharp() {} }
macro_rules! loud { () => {} }
type Title = String;
fn main() { let c = || { fn hidden() {} }; }
`,
    symbols: [
      "variable X 1-1",
      "struct Song 2-2",
      "struct Unit 3-3",
      "enum Key 4-4",
      "trait Play 5-5",
      "method Play.play 5-5",
      "method Play.stop 5-5",
      "method Song.new 7-7",
      "method Song.From<A>.from 9-9",
      "module keys 10-10",
      "function keys.sharp 10-10",
      "function loud 11-11",
      "type Title 12-12",
      "function main 13-13"
    ]
  },
  {
    path: "Player.java",
    text: `package songs;
public class Player extends Base {
  private int x = 1, y;
  public Player() {}
  @Override public String play(int a) { Runnable r = () -> {}; return ""; }
  public String play(String a) { return new Object() { public String toString() { return a; } }.toString(); }
  interface Song { void stop(); }
  enum Key { C; int sharp() { return 1; } }
}
record Title(String text) {}
`,
    symbols: [
      "class Player 2-9",
      "variable Player.x 3-3",
      "variable Player.y 3-3",
      "method Player.Player 4-4",
      "method Player.play 5-5",
      "method Player.play#2 6-6",
      "interface Player.Song 7-7",
      "method Player.Song.stop 7-7",
      "enum Player.Key 8-8",
      "method Player.Key.sharp 8-8",
      "class Title 10-10"
    ]
  },
  {
    path: "player.cpp",
    text: `namespace n { class A { int m() { return 1; } }; }
int n::A::q() { return 2; }
int *f(int a) { return 0; }
struct S { int a; };
enum class E { X };
int main() { auto l = [] {}; }
`,
    symbols: [
      "module n 1-1",
      "class n.A 1-1",
      "method n.A.m 1-1",
      "function n.A.q 2-2",
      "function f 3-3",
      "struct S 4-4",
      "enum E 5-5",
      "function main 6-6"
    ]
  },
  {
    path: "Player.cs",
    text: "namespace N { class A { int X { get; } A() {} int M() => 1; } interface I { void Q(); } struct S {} }\n",
    symbols: [
      "module N 1-1",
      "class N.A 1-1",
      "variable N.A.X 1-1",
      "method N.A.A 1-1",
      "method N.A.M 1-1",
      "interface N.I 1-1",
      "method N.I.Q 1-1",
      "struct N.S 1-1"
    ]
  },
  {
    path: "player.rb",
    text: "module M\n  class A < B\n    def m(x)\n      1\n    end\n    def self.s; end\n  end\nend\nX = 1\n",
    symbols: ["module M 1-8", "class M.A 2-7", "method M.A.m 3-5", "method M.A.s 6-6", "variable X 9-9"]
  },
  {
    path: "player.php",
    text: "<?php\nclass A { public function m() { return 1; } }\nfunction f() { return 2; }\ntrait T {}\n",
    symbols: ["class A 2-2", "method A.m 2-2", "function f 3-3", "trait T 4-4"]
  },
  { path: "play.sh", text: "f() { echo 1; }\nfunction g { echo 2; }\n", symbols: ["function f 1-1", "function g 2-2"] }
]
