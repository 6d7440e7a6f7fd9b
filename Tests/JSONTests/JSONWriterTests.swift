import JSON
import TestSupport
import Testing

/// What is written member by member reads as the value that it stands for, in the order in which it was told.
@Suite struct JSONWriterTests {
  @Test func whatIsToldIsWritten() throws {
    var json = JSONWriter()
    json.object { json in
      json.member("text", "a \"b\"\n")
      json.member("none", nil as String?)
      json.member("count", -7)
      json.member("flag", false)
      json.member("names", ["x", "y"])
      json.object("empty") { _ in }
      json.array("list") { json in
        json.object { $0.member("id", 1) }
        json.element(["a": [nil, true]])
        json.object { _ in }
      }
      json.member("value", JSONValue.array([]))
      json.array("nobody") { _ in }
      json.member("last", 1)
    }
    json.endLine()
    #expect(
      String(decoding: json.bytes, as: UTF8.self) == """
        {"text":"a \\"b\\"\\n","none":null,"count":-7,"flag":false,"names":["x","y"],"empty":{},\
        "list":[{"id":1},{"a":[null,true]},{}],"value":[],"nobody":[],"last":1}

        """)
  }

  /// Whatever value there is: written in its own order and read, it is the same; no octet in it could end a line or a text before its time.
  @Test(arguments: 0..<200 as Range<UInt64>) func whateverIsWrittenIsRead(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let value = Self.value(depth: 5, from: &generator)
    #expect(try JSONValue.parse(value.bytes) == value)
    #expect(!value.bytes.contains { $0 < 0x20 || $0 == 0x7F })
    let canonical = try JSONValue.parse(value.canonicalBytes)
    #expect(canonical.bytes == value.canonicalBytes && canonical.canonicalBytes == value.canonicalBytes)
    var json = JSONWriter(capacity: 1)
    json.object { json in
      json.array("a") { json in for _ in 0..<2 { json.element(value) } }
      json.member("v", value)
    }
    #expect(json.bytes == JSONValue.object(["a": [value, value], "v": value]).bytes)
  }

  private static func value(depth: Int, from generator: inout SeededGenerator) -> JSONValue {
    switch Int.random(in: depth > 0 ? 0..<8 : 0..<6, using: &generator) {
    case 0: return .null
    case 1: return .bool(.random(using: &generator))
    case 2: return .integer(.random(in: .min ... .max, using: &generator))
    case 3: return .number(.random(in: -1e9...1e9, using: &generator))
    case 4, 5: return .string(text(from: &generator))
    case 6: return .array((0..<Int.random(in: 0..<5, using: &generator)).map { _ in value(depth: depth - 1, from: &generator) })
    default:
      return .object(
        JSONObject(
          members: (0..<Int.random(in: 0..<5, using: &generator)).map { _ in
            (text(from: &generator), value(depth: depth - 1, from: &generator))
          }))
    }
  }

  /// What is most likely to be written wrongly: controls, marks of the syntax, line ends of others, what combines, what takes four octets.
  private static func text(from generator: inout SeededGenerator) -> String {
    let edges =
      (0..<0x20).map { Character(Unicode.Scalar($0)) } + ["\"", "\\", "/", "\u{7F}", "\u{85}", "\u{2028}", "\u{301}", "\u{FFFD}", "😀", "a"]
    return String((0..<Int.random(in: 0..<12, using: &generator)).map { _ in edges[.random(in: edges.indices, using: &generator)] })
  }

  /// Its memory is its own, and grows with what is told.
  @Test(arguments: [0, 1, 7, 100]) func aTextMayOutgrowItsBuffer(capacity: Int) throws {
    let long = String(repeating: "ü", count: 5_000)
    var json = JSONWriter(capacity: capacity)
    json.object { json in
      json.member("long", long)
      json.member("escapes", "\u{1}\u{1F}\u{7F}\\")
    }
    #expect(try JSONValue.parse(json.bytes) == ["long": .string(long), "escapes": .string("\u{1}\u{1F}\u{7F}\\")])
    #expect(json.bytes.suffix(30).starts(with: #"ü","escapes":"\u0001\u001f\u007f\\"}"#.utf8.suffix(30)))
  }
}
