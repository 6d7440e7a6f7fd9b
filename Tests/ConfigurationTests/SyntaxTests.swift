import Testing

@testable import Configuration

/// Texts that are no YAML, or more of it than a configuration has a use for.
@Suite struct SyntaxTests {
  @Test(arguments: [
    "", " \n\n", "# a comment\n", "---\n", "--- ~\n...\n", "null", "~", "\u{FEFF}", "%YAML 1.2\n---\n",
  ]) func isEmpty(_ text: String) {
    #expect(problems(text) == ["g.yaml: the file is empty; config/gatehouse.minimal.yaml is a configuration to begin with"])
  }

  @Test(arguments: shapes + syntax + surplus + anchors + bounds) func isRefused(_ wrong: Case) {
    #expect(problems(wrong.part) == wrong.said)
  }

  static let shapes = [
    Case("[]", "1:1: the configuration must be a mapping with the keys \(fileKeys), not a list"),
    Case("just words", "1:1: the configuration must be a mapping with the keys \(fileKeys), not `just words`"),
    Case("30", "1:1: the configuration must be a mapping with the keys \(fileKeys), not `30`"),
    Case("{\"server\": [1, {}]}", "1:12: `server` must be a mapping with the keys \(list(Vocabulary.server.known)), not a list"),
  ]

  static let syntax = [
    Case(
      "server:\n\tlisten: x",
      "2:1: this is not YAML: while scanning for the next token: found character that cannot start any token; \(indent)"),
    Case(
      "groups: {a: [@alice]}",
      "1:14: this is not YAML: while scanning for the next token: found character that cannot start any token; \(indent)"),
    Case(
      "log:\n  level: info: json",
      "2:14: this is not YAML: mapping values are not allowed in this context; look at the indentation here and before, and put a text with a colon and a space in quotes"
    ),
    Case(
      "log:\n  level: info\n format: json",
      "3:2: this is not YAML: while parsing a block mapping: did not find expected key; \(look)"),
    Case(
      "log: {level: \"info}\n",
      "2:1: this is not YAML: while scanning a quoted scalar: found unexpected end of stream; \(look)"),
    Case(
      "log: {level: info\n",
      "2:1: this is not YAML: while parsing a flow mapping: did not find expected ',' or '}'; \(look)"),
    Case("log: {level: \"\\q\"}", "1:15: this is not YAML: while parsing a quoted scalar: found unknown escape character; \(look)"),
    Case("<html><body>", "1:1: the configuration must be a mapping with the keys \(fileKeys), not `<html><body>`"),
    Case("log:\n  level: in\u{0}fo", "2:12: a control character stands here; take it out"),
    Case("\u{1B}[0m", "1:1: a control character stands here; take it out"),
    Case("# é\u{7}", "1:4: a control character stands here; take it out"),
  ]

  static let surplus = [
    Case("log: {}\n---\nlog: {}", "2:1: a second document begins here; one file holds one configuration, so keep one of them"),
    Case(
      "log: {level: !!str info, format: !json text}", "1:14: \(tags)", "1:34: \(tags)"),
    Case(
      "base: &base {level: info}\nlog:\n  <<: *base", "1:1: unknown key `base`; known here: \(fileKeys)",
      "3:3: merge keys (`<<`) are not supported; write the keys out"),
    Case("{[a]: b, {c: d}: e}", "1:2: \(keys)", "1:10: \(keys)"),
    Case("log: {{level}: info}", "1:7: \(keys)"),
  ]

  static let anchors = [
    Case("log: *missing", "1:6: no anchor `&missing` comes before this alias; put a text that begins with * in quotes"),
    Case("log: &log {level: *log}", "1:19: the alias `*log` stands inside what it names; write it out"),
    Case("log: &a [&b [*a]]", "1:14: the alias `*a` stands inside what it names; write it out"),
    Case(
      "services: [{projects: [*/shop]}]",
      "1:25: this is not YAML: while scanning an alias: did not find expected alphabetic or numeric character; put a text that begins with * or & in quotes"
    ),
  ]

  static let bounds = [
    Case(
      "a: " + String(repeating: "[", count: 31) + String(repeating: "]", count: 31), "1:1: unknown key `a`; known here: \(fileKeys)"),
    Case("a: " + String(repeating: "[", count: 32), "1:35: \(deep)"),
    Case("a: " + String(repeating: "{b: ", count: 10_000), "1:125: \(deep)"),
    Case(
      "log: " + String(repeating: "- ", count: 10_000),
      "1:6: this is not YAML: block sequence entries are not allowed in this context; \(look)"),
    Case(String(repeating: "- ", count: 10_000), "1:65: \(deep)"),
    Case(
      "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + "bcdefghij".reduce(into: "") { $0 += "\($1): &\($1) [\(bombed(by: $1))]\n" },
      "5:29: more than 100000 values, aliases written out; name the right file, or write less"),
    Case(
      "a: &a " + String(repeating: "[", count: 20) + String(repeating: "]", count: 20) + "\nb: " + String(repeating: "[", count: 12) + "*a",
      "2:16: \(deep)"),
    Case(
      "# " + String(repeating: "x", count: 1_048_575),
      " it is larger than 1048576 bytes and can hardly be what is meant; name the right file"),
  ]

  /// Ten times the letter before.
  private static func bombed(by letter: Character) -> String {
    let before = String("abcdefghij".prefix { $0 != letter }.suffix(1))
    return [String](repeating: "*\(before)", count: 10).joined(separator: ",")
  }

  private static let fileKeys = list(Vocabulary.file.known)
  private static let look = "look at the indentation, the quotes and the brackets here and before"
  private static let indent = "indent with spaces, and put a text that begins with @, ` or % in quotes"
  private static let tags = "tags (`!…`) are not supported; leave it out, or put a text that begins with ! in quotes"
  private static let keys = "a key is a word, and this is a list or a mapping; put a text that begins with [ or { in quotes"
  private static let deep = "nested deeper than 32 levels, and no key lies that deep; look at the brackets, or name the right file"
}
