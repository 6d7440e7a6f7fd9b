import CYAML

/// What libyaml meets next in a text.
struct YAMLEvent {
  enum Kind {
    case documentStart
    case alias(String)
    case scalar(String, isPlain: Bool)
    case sequenceStart
    case mappingStart
    /// The end of a sequence or a mapping.
    case end
    case streamEnd
    /// The start of the stream and the ends of documents: nothing to a reader.
    case other
  }

  var kind: Kind
  var position: Position
  var anchor: String?
  var hasTag = false
}

/// libyaml's parser over a text in memory. It owns the parser and a copy of the text, which the parser reads from as it goes.
struct YAMLEvents: ~Copyable {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let input: UnsafeMutableBufferPointer<UInt8>

  /// - Parameter bytes: without a byte order mark. What is not UTF-8 in them is a fault when it is met.
  init(_ bytes: some Collection<UInt8>) throws(YAMLFault) {
    let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    guard yaml_parser_initialize(parser) == 1 else {
      parser.deallocate()
      throw YAMLFault(message: "there is no memory to read it with", position: Position(line: 1, column: 1))
    }
    self.parser = parser
    input = .allocate(capacity: bytes.count)
    _ = input.initialize(fromContentsOf: bytes)
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, input.baseAddress, input.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
    input.deallocate()
  }

  mutating func next() throws(YAMLFault) -> YAMLEvent {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw fault() }
    defer { yaml_event_delete(&event) }
    let position = Position(event.start_mark)
    switch event.type {
    case YAML_DOCUMENT_START_EVENT: return YAMLEvent(kind: .documentStart, position: position)
    case YAML_STREAM_END_EVENT: return YAMLEvent(kind: .streamEnd, position: position)
    case YAML_ALIAS_EVENT: return YAMLEvent(kind: .alias(text(event.data.alias.anchor) ?? ""), position: position)
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      let value = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      return YAMLEvent(
        kind: .scalar(value, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE), position: position, anchor: text(scalar.anchor),
        hasTag: scalar.tag != nil)
    case YAML_SEQUENCE_START_EVENT:
      let start = event.data.sequence_start
      return YAMLEvent(kind: .sequenceStart, position: position, anchor: text(start.anchor), hasTag: start.tag != nil)
    case YAML_MAPPING_START_EVENT:
      let start = event.data.mapping_start
      return YAMLEvent(kind: .mappingStart, position: position, anchor: text(start.anchor), hasTag: start.tag != nil)
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: return YAMLEvent(kind: .end, position: position)
    default: return YAMLEvent(kind: .other, position: position)
    }
  }

  private func text(_ bytes: UnsafeMutablePointer<yaml_char_t>?) -> String? { bytes.map { String(cString: $0) } }

  /// libyaml's own words are constants: nothing of the text is in them.
  private func fault() -> YAMLFault {
    let problem = parser.pointee.problem.map { String(cString: $0) } ?? "it cannot be read"
    guard parser.pointee.error != YAML_READER_ERROR else {
      let message =
        problem.hasPrefix("control") ? "a control character stands here; take it out" : "this is not UTF-8; save the file as UTF-8"
      return YAMLFault(message: message, position: Position(ofByte: parser.pointee.problem_offset, in: input))
    }
    let context = parser.pointee.context.map { String(cString: $0) + ": " } ?? ""
    let hint =
      Self.hints.first { problem.contains($0.problem) }?.hint ?? "look at the indentation, the quotes and the brackets here and before"
    return YAMLFault(message: "this is not YAML: \(context)\(problem); \(hint)", position: Position(parser.pointee.problem_mark))
  }

  private static let hints = [
    (problem: "cannot start any token", hint: "indent with spaces, and put a text that begins with @, ` or % in quotes"),
    (problem: "alphabetic or numeric character", hint: "put a text that begins with * or & in quotes"),
    (
      problem: "mapping values are not allowed",
      hint: "look at the indentation here and before, and put a text with a colon and a space in quotes"
    ),
  ]
}

extension Position {
  fileprivate init(_ mark: yaml_mark_t) { self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1) }

  /// libyaml's reader knows the byte only that it stumbled over.
  fileprivate init(ofByte offset: Int, in input: UnsafeMutableBufferPointer<UInt8>) {
    let before = input.prefix(offset)
    let line = before.suffix(from: before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0)
    self.init(line: before.count { $0 == UInt8(ascii: "\n") } + 1, column: String(decoding: line, as: UTF8.self).unicodeScalars.count + 1)
  }
}
