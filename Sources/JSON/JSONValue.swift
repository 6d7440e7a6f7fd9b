/// One JSON text as a value (RFC 8259). Objects keep the order in which members were written or read.
///
/// Our own because the hash chain of the audit log needs bytes that are the same on every machine and version, and because a webhook is
/// parsed before it is answered: `JSONDecoder` takes five times as long.
package enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  /// A number without fraction or exponent that fits 64 bits. GitLab's ids are such.
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)
}

/// The members of an object. Of members with the same name the last one counts, as in every JSON library that GitLab's readers use.
package struct JSONObject: Sendable, Hashable, ExpressibleByDictionaryLiteral {
  package private(set) var members: [(name: String, value: JSONValue)] = []

  package init() {}

  package init(members: [(name: String, value: JSONValue)]) { self.members = members }

  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    reserveCapacity(elements.count)
    for (name, value) in elements { append(name, value) }
  }

  package subscript(name: String) -> JSONValue? {
    get {
      for index in members.indices.reversed() where members[index].name == name { return members[index].value }
      return nil
    }
    set {
      guard let newValue else {
        members.removeAll { $0.name == name }
        return
      }
      if let index = members.lastIndex(where: { $0.name == name }) {
        members[index].value = newValue
      } else {
        members.append((name, newValue))
      }
    }
  }

  mutating func reserveCapacity(_ count: Int) { members.reserveCapacity(count) }

  package mutating func append(_ name: String, _ value: JSONValue) { members.append((name, value)) }

  package static func == (left: JSONObject, right: JSONObject) -> Bool {
    left.members.count == right.members.count && zip(left.members, right.members).allSatisfy { $0.name == $1.name && $0.value == $1.value }
  }

  package func hash(into hasher: inout Hasher) {
    for member in members {
      hasher.combine(member.name)
      hasher.combine(member.value)
    }
  }
}

extension JSONValue {
  /// The member of an object; nil for a missing member and for a value that is no object. JSON null comes back as `.null`.
  package subscript(name: String) -> JSONValue? {
    if case .object(let object) = self { object[name] } else { nil }
  }

  package var string: String? { if case .string(let value) = self { value } else { nil } }

  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

  package var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }

  package var object: JSONObject? { if case .object(let value) = self { value } else { nil } }

  package var integer: Int64? { if case .integer(let value) = self { value } else { nil } }

  package var isNull: Bool { if case .null = self { true } else { false } }

  /// `nil` becomes JSON null.
  package static func optional(_ value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }

  package static func optional(_ value: Int64?) -> JSONValue { value.map(JSONValue.integer) ?? .null }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    var object = JSONObject()
    object.reserveCapacity(elements.count)
    for (name, value) in elements { object.append(name, value) }
    self = .object(object)
  }
  package init(nilLiteral: ()) { self = .null }
}
