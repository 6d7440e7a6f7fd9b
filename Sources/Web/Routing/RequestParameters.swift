internal import HTTPMessages
internal import JSON

/// The body of a request as GitLab reads it: an object, written as JSON or as a form.
enum RequestParameters {
  /// Throws 400 for what is neither.
  static func read(_ request: Request) throws(Fault) -> JSONObject {
    if request.head.headerFields.announceForm { return try object(urlEncoded(request.body)) }
    if let boundary = request.head.headerFields.multipartBoundary {
      guard let fields = MultipartForm.fields(of: request.body, boundary: boundary) else { throw .malformedMultipart }
      return try object(fields)
    }
    guard !request.body.isEmpty else { return JSONObject() }
    let value: JSONValue
    do { value = try JSONValue.parse(request.body, maximumValues: Limits.bodyValues) } catch { throw .unreadable(error) }
    guard let object = value.object else { throw .invalidBody("must be an object, such as {\"name\": \"production\"}") }
    return object
  }

  private static func urlEncoded(_ body: [UInt8]) throws(Fault) -> [FormField] {
    let pairs = body.split(separator: UInt8(ascii: "&"))
    guard pairs.count <= Limits.bodyValues else { throw .tooManyFields }
    var fields: [FormField] = []
    for pair in pairs {
      let halves = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = halves[0].percentDecoded(plusIsSpace: true),
        let value = halves.count > 1 ? halves[1].percentDecoded(plusIsSpace: true) : ""
      else { throw .malformedForm }
      fields.append(FormField(name: name, value: value))
    }
    return fields
  }

  /// `name=a&deploy_access_levels[][user_id]=1`, as Rack reads it: a name that an element has already begins the next element.
  private static func object(_ fields: [FormField]) throws(Fault) -> JSONObject {
    guard fields.count <= Limits.bodyValues else { throw .tooManyFields }
    var object = JSONObject()
    for field in fields {
      let keys = field.name.split(separator: "[", omittingEmptySubsequences: false).map {
        $0.hasSuffix("]") ? String($0.dropLast()) : String($0)
      }
      switch keys.count {
      case 1: object.append(field.name, .string(field.value))
      case 3 where keys[1].isEmpty && !keys[2].isEmpty:
        var elements = object[keys[0]]?.array ?? []
        if var last = elements.last?.object, last[keys[2]] == nil {
          last.append(keys[2], .string(field.value))
          elements[elements.count - 1] = .object(last)
        } else {
          elements.append(.object(JSONObject(members: [(keys[2], .string(field.value))])))
        }
        object[keys[0]] = .array(elements)
      // Rack makes an object of numbers, and GitLab's framework refuses that where a list must be ("… is invalid", facts E).
      case 3 where keys[1].allSatisfy { ("0"..."9").contains($0) }: throw .numberedElements(keys[0], keys[2])
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

  fileprivate static let malformedMultipart = Fault(
    status: .badRequest, code: "malformed_form",
    message:
      "the form is not well formed: each part needs 'Content-Disposition: form-data; name=\"…\"', text in UTF-8 and no file, between the "
      + "boundaries that the Content-Type names (RFC 7578); or send JSON")

  fileprivate static let tooManyFields = invalidBody("has more than \(Limits.bodyValues) fields")

  fileprivate static func numberedElements(_ list: String, _ member: String) -> Fault {
    let (list, member) = (list.prefix(Limits.name), member.prefix(Limits.name))
    return Fault(
      status: .badRequest, code: "malformed_form",
      message:
        "\(list) is invalid: elements of a form have no numbers; write \(list)[][\(member)]=…, one element after the other, or send JSON")
  }
}
