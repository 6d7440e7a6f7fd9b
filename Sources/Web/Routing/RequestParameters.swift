internal import HTTPMessages
internal import JSON

/// The body of a request as GitLab reads it: an object, written as JSON or as a form.
enum RequestParameters {
  /// Throws 400 for what is neither.
  static func read(_ request: Request) throws(Fault) -> JSONObject {
    if request.head.headerFields.announceForm { return try form(request.body) }
    guard !request.body.isEmpty else { return JSONObject() }
    let value: JSONValue
    do { value = try JSONValue.parse(request.body, maximumValues: Limits.bodyValues) } catch { throw .unreadable(error) }
    guard let object = value.object else { throw .invalidBody("must be an object, such as {\"name\": \"production\"}") }
    return object
  }

  /// `name=a&deploy_access_levels[][user_id]=1`, as Rack reads it: a name that an element has already begins the next element.
  private static func form(_ body: [UInt8]) throws(Fault) -> JSONObject {
    var object = JSONObject()
    let pairs = body.split(separator: UInt8(ascii: "&"))
    guard pairs.count <= Limits.bodyValues else { throw .invalidBody("has more than \(Limits.bodyValues) fields") }
    for pair in pairs {
      let halves = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = halves[0].percentDecoded(plusIsSpace: true),
        let value = halves.count > 1 ? halves[1].percentDecoded(plusIsSpace: true) : ""
      else { throw .malformedForm }
      let keys = name.split(separator: "[", omittingEmptySubsequences: false).map { $0.hasSuffix("]") ? String($0.dropLast()) : String($0) }
      switch keys.count {
      case 1: object.append(name, .string(value))
      case 3 where keys[1].isEmpty && !keys[2].isEmpty:
        var elements = object[keys[0]]?.array ?? []
        if var last = elements.last?.object, last[keys[2]] == nil {
          last.append(keys[2], .string(value))
          elements[elements.count - 1] = .object(last)
        } else {
          elements.append(.object(JSONObject(members: [(keys[2], .string(value))])))
        }
        object[keys[0]] = .array(elements)
      default: throw .malformedForm
      }
    }
    return object
  }
}

extension Fault {
  fileprivate static let malformedForm = Fault(
    status: .badRequest, code: "malformed_form",
    message: "the form is not well formed; write name=production and deploy_access_levels[][access_level]=40, or send JSON")
}
