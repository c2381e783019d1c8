/** Files in several languages, and which of their symbols a reader would call private. The others are public. */

interface Sample {
  readonly path: string
  readonly text: string
  readonly hidden: ReadonlyArray<string>
}

export const visibilitySamples: ReadonlyArray<Sample> = [
  {
    path: "a.py",
    text: `_LIMIT = 1
LIMIT = 2
def play(): pass
def _play(): pass
class Song:
    def __init__(self): pass
    def _stop(self): pass
    def __hidden(self): pass
class _Song:
    def play(self): pass
`,
    hidden: ["_LIMIT", "_play", "Song._stop", "Song.__hidden", "_Song", "_Song.play"]
  },
  {
    path: "a.ts",
    text: `export const a = 1, b = () => 1
const c = 2
const d = 3
export { d }
export { c as e } from "./elsewhere"
export default function f() {}
function g() {}
export class Song {
  #x = 1
  private y = 2
  protected z() {}
  static play() {}
}
class Hidden { play() {} }
export abstract class Base { protected abstract stop(): void; abstract play(): void }
export namespace keys {
  export function sharp() {}
  function flat() {}
}
export declare function h(): void
export interface Title { text(): string }
type Text = string
`,
    hidden: ["c", "g", "Song.#x", "Song.y", "Song.z", "Hidden", "Hidden.play", "Base.stop", "keys.flat", "Text"]
  },
  {
    path: "a.cjs",
    text: `function a() {}
function b() {}
function c() {}
function d() {}
module.exports = { a, x: 1 }
exports.b = b
module.exports.c = c
other.d = d
`,
    hidden: ["d"]
  },
  { path: "b.js", text: "function a() {}\nclass B {}\nconst c = 1\nexport default B\nexport { c }\n", hidden: ["a"] },
  {
    path: "a.go",
    text: `package a
var X, y = 1, 2
type Song struct {}
type song struct {}
func Play() {}
func play() {}
func (s *Song) Play() {}
func (s *Song) stop() {}
func (s song) Play() {}
type Player interface { Stop(); stop() }
`,
    hidden: ["y", "song", "play", "Song.stop", "song.Play", "Player.stop"]
  },
  {
    path: "a.rs",
    text: `pub fn a() {}
fn b() {}
pub(crate) fn c() {}
pub struct S;
impl S { pub fn new() {} fn old() {} }
impl Clone for S { fn clone(&self) -> S { S } }
pub trait T { fn t(&self); }
trait U { fn u(&self); }
pub mod m { pub fn in_m() {} fn hidden() {} }
mod n { pub fn in_n() {} }
#[macro_export]
macro_rules! loud { () => {} }
macro_rules! quiet { () => {} }
pub unsafe fn d() {}
`,
    hidden: ["b", "c", "S.old", "U", "U.u", "m.hidden", "n", "n.in_n", "quiet"]
  },
  {
    path: "A.java",
    text: `public class A {
  public int x = 1;
  int y = 2;
  @Named("public") private int z;
  public A() {}
  void m() {}
  public static void n() {}
  public interface I { void i(); }
  class B { public void b() {} }
}
`,
    hidden: ["A.y", "A.z", "A.m", "A.B", "A.B.b"]
  },
  {
    path: "a.cpp",
    text: `class A { int a() { return 1; } public: int b() { return 1; } struct S { int s() { return 1; } };
private: int c() { return 1; } };
struct B { int d() { return 1; } };
static int e() { return 1; }
int f() { return 1; }
`,
    hidden: ["A.a", "A.c", "e"]
  },
  {
    path: "A.cs",
    text: `namespace N {
  public class A { public int X { get; } int Y { get; } internal void M() {} public void P() {} }
  class B { public void Q() {} }
  public interface I { void R(); }
}
`,
    hidden: ["N.A.Y", "N.A.M", "N.B", "N.B.Q"]
  },
  {
    path: "a.rb",
    text: `class A
  def a; end
  private def b; end
  def c; end
  class B
    private
    def d; end
  end
  def e; end
  protected
  def f; end
  public
  def g; end
end
`,
    hidden: ["A.b", "A.B.d", "A.f"]
  },
  {
    path: "a.php",
    text: `<?php
class A { public function a() {} private function b() {} protected function c() {} function d() {} }
function f() {}
`,
    hidden: ["A.b", "A.c"]
  },
  { path: "a.sh", text: "_f() { echo 1; }\n", hidden: [] }
]
