import JSON
import Testing

@Suite struct JSONTests {
  static let readings: [(String, JSONValue)] = [
    ("null", .null), (" true ", true), ("-0", 0), ("9223372036854775807", .integer(.max)), ("1.5e2", .number(150)),
    ("\"a\\u00e9\\ud83d\\ude00\\n\"", "aé😀\n"), ("\"\\ud800x\"", "\u{FFFD}x"), ("[]", .array([])), ("{}", .object(JSONObject())),
    ("{\"a\":[1,{\"b\":null}]}", .object(["a": .array([1, .object(["b": .null])])])),
  ]

  @Test(arguments: readings)
  func reads(text: String, value: JSONValue) throws { #expect(try JSONValue.parse(text) == value) }

  @Test(arguments: [
    "", " ", "nul", "01", "1.", ".5", "+1", "1e", "'a'", "\"a", "\"\u{01}\"", "\"\\x\"", "[1,]", "{\"a\":1,}", "{a:1}", "[1 2]", "1 1",
    "{\"a\"}",
    "\"\\u12g4\"", "1e999", "NaN",
  ])
  func refuses(text: String) { #expect(throws: JSONError.self) { try JSONValue.parse(text) } }

  @Test func refusesWhatIsNotUTF8() { #expect(throws: JSONError.self) { try JSONValue.parse([0x22, 0xFF, 0x22]) } }

  @Test func depthIsBounded() {
    #expect(throws: JSONError.self) { try JSONValue.parse(String(repeating: "[", count: 100_000)) }
    #expect(throws: Never.self) { try JSONValue.parse(String(repeating: "[", count: 64) + String(repeating: "]", count: 64)) }
  }

  @Test(arguments: [("[0,0]", 3), ("{\"a\":{\"b\":1}}", 3), ("null", 1)]) func valuesAreBounded(text: String, values: Int) throws {
    let bytes = Array(text.utf8)
    #expect(throws: Never.self) { try JSONValue.parse(bytes, maximumValues: values) }
    #expect { try JSONValue.parse(bytes, maximumValues: values - 1) } throws: { ($0 as? JSONError)?.isBeyondBounds == true }
  }

  @Test func theLastMemberOfANameCounts() throws { #expect(try JSONValue.parse("{\"a\":1,\"a\":2}")["a"] == 2) }

  @Test func writesWhatItReads() throws {
    let text = "{\"z\":\"quote \\\" slash \\\\ \\u0001 é\",\"a\":[true,false,null,-1,2.5]}"
    #expect(try JSONValue.parse(text).text == text)
  }

  @Test func canonicalTextDoesNotDependOnOrder() throws {
    let one = try JSONValue.parse("{\"b\":{\"d\":1,\"c\":2},\"a\":3}")
    let two = try JSONValue.parse("{ \"a\":3, \"b\":{\"c\":2,\"d\":1} }")
    #expect(one.canonicalText == "{\"a\":3,\"b\":{\"c\":2,\"d\":1}}")
    #expect(one.canonicalText == two.canonicalText)
  }

  /// A string is passed over in words of eight bytes: wherever in them it ends, it is the same.
  @Test(arguments: 0..<24) func aStringMayEndAnywhere(length: Int) throws {
    let plain = String(repeating: "~", count: length)
    for rest in ["", "é", "\u{7F}!", " #[]", "\u{10FFFF}"] {
      #expect(try JSONValue.parse("[\"\(plain)\(rest)\",7]") == [.string(plain + rest), 7])
    }
    #expect(try JSONValue.parse("[\"\(plain)\\n\(plain)\",7]") == [.string(plain + "\n" + plain), 7])
    for wrong in ["\u{1F}\"", "\n\"", "", "\\"] { #expect(throws: JSONError.self) { try JSONValue.parse("\"\(plain)\(wrong)") } }
  }

  @Test func onlyMembersThatAreAskedForAreKept() throws {
    let names = JSONNames(["a", "b", "né"])
    let text = #"{"a":{"c":[1],"b":"x"},"c":{"a":1},"\u0062":[{"a":null,"aa":2},["a",{"c":0}]],"c":"\"a\":1","né":0,"":1,"a":false}"#
    let kept: JSONValue = .object(
      JSONObject(members: [("a", ["b": "x"]), ("b", [["a": nil], ["a", [:]]]), ("né", 0), ("a", false)]))
    #expect(try JSONValue.parse(Array(text.utf8), only: names) == kept)
  }

  @Test(arguments: [
    #"{"c":tru}"#, #"{"c":01}"#, #"{"c":1e999}"#, #"{"c":"\q"}"#, #"{"c":"\u00g0"}"#, #"{"c":[1,]}"#, #"{"c":{"d":}}"#, #"{"c":"}"#,
    #"{"c"}"#,
    "{\"c\":\"\n\"}", "{\"c\":[[[[]]]]}", #"{"c":[1,2,3,4,5,6,7,8]}"#,
  ])
  func whatIsPassedOverIsReadAsStrictly(text: String) {
    let bytes = Array(text.utf8)
    let whole = #expect(throws: JSONError.self) { try JSONValue.parse(bytes, maximumDepth: 4, maximumValues: 8) }
    let few = #expect(throws: JSONError.self) { try JSONValue.parse(bytes, only: JSONNames(["a"]), maximumDepth: 4, maximumValues: 8) }
    #expect(whole == few)
  }
}
