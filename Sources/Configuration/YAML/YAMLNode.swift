/// Where something stands in a file; both count from 1, columns in characters.
struct Position: Sendable, Hashable, Comparable {
  var line: Int
  var column: Int

  static func < (left: Position, right: Position) -> Bool { (left.line, left.column) < (right.line, right.column) }
}

/// Something wrong with a file, and where.
struct YAMLFault: Error, Sendable, Hashable {
  var message: String
  var position: Position
}

/// A value of a YAML file, and where it begins. What an alias stands for keeps the place where it is written out.
struct YAMLNode: Sendable {
  enum Content: Sendable {
    /// `isPlain`: written without quotes, so that `true`, `30` and an empty value are not texts.
    case scalar(String, isPlain: Bool)
    case sequence([YAMLNode])
    case mapping([Entry])
  }

  struct Entry: Sendable {
    var key: String
    var position: Position
    var value: YAMLNode
  }

  let content: Content
  let position: Position
  /// Levels of it, itself included.
  let height: Int
  /// Nodes in it, itself included, aliases written out.
  let count: Int

  init(_ content: Content, at position: Position) {
    self.content = content
    self.position = position
    let inner: [YAMLNode]
    switch content {
    case .scalar: inner = []
    case .sequence(let items): inner = items
    case .mapping(let entries): inner = entries.map(\.value)
    }
    height = 1 + (inner.lazy.map(\.height).max() ?? 0)
    count = 1 + inner.lazy.map(\.count).reduce(0, +)
  }

  var isNull: Bool {
    if case .scalar(let text, isPlain: true) = content { return PlainScalar(text) == .null }
    return false
  }
}

/// A whole text: its one value, if it has any, and all that is wrong with it. A fault that reading cannot go on behind leaves no value.
struct YAMLDocument: Sendable {
  var root: YAMLNode?
  var faults: [YAMLFault]

  /// - Parameter bytes: without a byte order mark.
  init(_ bytes: some Collection<UInt8>) {
    do {
      var composer = try YAMLComposer(bytes)
      do {
        root = try composer.document()
        faults = composer.faults
      } catch {
        faults = composer.faults + [error]
      }
    } catch {
      faults = [error]
    }
  }
}

/// What a plain scalar means (YAML 1.2.2 §10.3.2, the core schema). `yes`, `on` and `1.10` are texts here.
enum PlainScalar: Sendable, Hashable {
  case null
  case flag(Bool)
  case whole(Int64)
  case text

  init(_ text: String) {
    switch text {
    case "", "~", "null", "Null", "NULL": self = .null
    case "true", "True", "TRUE": self = .flag(true)
    case "false", "False", "FALSE": self = .flag(false)
    default: self = Self.whole(text).map { .whole($0) } ?? .text
    }
  }

  private static func whole(_ text: String) -> Int64? {
    if text.hasPrefix("0x") { return unsigned(text.dropFirst(2), radix: 16) }
    if text.hasPrefix("0o") { return unsigned(text.dropFirst(2), radix: 8) }
    return Int64(text, radix: 10)
  }

  private static func unsigned(_ digits: Substring, radix: Int) -> Int64? {
    guard let first = digits.first, first != "+", first != "-" else { return nil }
    return Int64(digits, radix: radix)
  }
}
