/// Makes one tree of a text's events, within bounds.
///
/// What a configuration has no use for is refused by name: tags, merge keys, keys that are not scalars, a second document. A key that stands
/// twice is a fault, and reading goes on behind it.
struct YAMLComposer: ~Copyable {
  private var events: YAMLEvents
  private var anchors: [String: YAMLNode] = [:]
  private var openAnchors: Set<String> = []
  private var count = 0
  private(set) var faults: [YAMLFault] = []

  init(_ bytes: some Collection<UInt8>) throws(YAMLFault) { events = try YAMLEvents(bytes) }

  /// The text's one document; nil where there is none, or nothing in it.
  mutating func document() throws(YAMLFault) -> YAMLNode? {
    var root: YAMLNode?
    while true {
      let event = try events.next()
      switch event.kind {
      case .streamEnd: return root
      case .documentStart:
        guard root == nil else {
          throw YAMLFault(
            message: "a second document begins here; one file holds one configuration, so keep one of them", position: event.position)
        }
        root = try node(events.next(), depth: 1)
      default: continue
      }
    }
  }

  private mutating func node(_ event: YAMLEvent, depth: Int) throws(YAMLFault) -> YAMLNode {
    guard depth <= Limits.depth else { throw tooDeep(event) }
    if event.hasTag {
      faults.append(
        YAMLFault(
          message: "tags (`!…`) are not supported; leave it out, or put a text that begins with ! in quotes", position: event.position))
    }
    if let anchor = event.anchor { openAnchors.insert(anchor) }
    let node: YAMLNode
    switch event.kind {
    case .alias(let name): return try resolve(name, event, depth: depth)
    case .sequenceStart: node = try sequence(event, depth: depth)
    case .mappingStart: node = try mapping(event, depth: depth)
    case .scalar(let text, let isPlain): node = YAMLNode(.scalar(text, isPlain: isPlain), at: event.position)
    default: throw YAMLFault(message: "a value is missing here; write one", position: event.position)
    }
    try countIn(1, event)
    if let anchor = event.anchor {
      openAnchors.remove(anchor)
      anchors[anchor] = node
    }
    return node
  }

  private mutating func sequence(_ start: YAMLEvent, depth: Int) throws(YAMLFault) -> YAMLNode {
    var items: [YAMLNode] = []
    while true {
      let event = try events.next()
      if case .end = event.kind { return YAMLNode(.sequence(items), at: start.position) }
      items.append(try node(event, depth: depth + 1))
    }
  }

  private mutating func mapping(_ start: YAMLEvent, depth: Int) throws(YAMLFault) -> YAMLNode {
    var entries: [YAMLNode.Entry] = []
    var lines: [String: Int] = [:]
    while true {
      let event = try events.next()
      if case .end = event.kind { return YAMLNode(.mapping(entries), at: start.position) }
      let key = try node(event, depth: depth + 1)
      let value = try node(events.next(), depth: depth + 1)
      guard case .scalar(let text, let isPlain) = key.content else {
        faults.append(
          YAMLFault(
            message: "a key is a word, and this is a list or a mapping; put a text that begins with [ or { in quotes",
            position: event.position))
        continue
      }
      if isPlain, text == "<<" {
        faults.append(YAMLFault(message: "merge keys (`<<`) are not supported; write the keys out", position: event.position))
      } else if let line = lines.updateValue(lines[text] ?? event.position.line, forKey: text) {
        faults.append(
          YAMLFault(message: "\(shown(text)) stands here a second time, first in line \(line); keep one of them", position: event.position))
      } else {
        entries.append(YAMLNode.Entry(key: text, position: event.position, value: value))
      }
    }
  }

  private mutating func resolve(_ name: String, _ event: YAMLEvent, depth: Int) throws(YAMLFault) -> YAMLNode {
    guard !openAnchors.contains(name) else {
      throw YAMLFault(message: "the alias \(shown("*" + name)) stands inside what it names; write it out", position: event.position)
    }
    guard let node = anchors[name] else {
      throw YAMLFault(
        message: "no anchor \(shown("&" + name)) comes before this alias; put a text that begins with * in quotes", position: event.position
      )
    }
    guard depth + node.height - 1 <= Limits.depth else { throw tooDeep(event) }
    try countIn(node.count, event)
    return node
  }

  private mutating func countIn(_ nodes: Int, _ event: YAMLEvent) throws(YAMLFault) {
    count += nodes
    guard count <= Limits.nodes else {
      throw YAMLFault(
        message: "more than \(Limits.nodes) values, aliases written out; name the right file, or write less", position: event.position)
    }
  }

  private func tooDeep(_ event: YAMLEvent) -> YAMLFault {
    YAMLFault(
      message: "nested deeper than \(Limits.depth) levels, and no key lies that deep; look at the brackets, or name the right file",
      position: event.position)
  }
}
