import JSON
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
