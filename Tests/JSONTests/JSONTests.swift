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
}
