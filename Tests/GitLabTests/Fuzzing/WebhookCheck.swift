import ChangeControl
import JSON
import TestSupport

@testable import GitLab

/// What must be so whatever comes as a webhook. Run by the fuzzer on inputs of its making, and by a test on those that it kept.
enum WebhookCheck {
  /// The one plain, the other with all that JSON may or must write otherwise.
  static let secrets = ["hunter2hook", "a\"b\\c/dé"]

  /// What of it is not so; nil if all is well.
  static func violation(_ input: [UInt8]) -> String? {
    let body = try? WebhookBody(input)
    let value = try? JSONValue.parse(input)
    guard let body, let value else { return (body == nil) == (value == nil) ? nil : "it is JSON only to one of two readers" }
    return writing(value) ?? translation(body, value) ?? redaction(body)
  }

  // MARK: JSON

  /// What is written reads as what it was written from, and the canonical bytes do not depend on the order of members.
  private static func writing(_ value: JSONValue) -> String? {
    guard let read = try? JSONValue.parse(value.bytes), read == value, read.bytes == value.bytes else { return "written: \(value.text)" }
    let canonical = value.canonicalBytes
    guard let read = try? JSONValue.parse(canonical), read.canonicalBytes == canonical else { return "canonical: \(value.canonicalText)" }
    guard canonical.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return "a control character: \(value.canonicalText)" }
    guard reversed(value).canonicalBytes == canonical else { return "the order shows: \(value.canonicalText)" }
    return nil
  }

  /// The members of each object the other way round. Where a name stands twice their order has a meaning, so that it stays.
  private static func reversed(_ value: JSONValue) -> JSONValue {
    switch value {
    case .array(let elements): return .array(elements.map(reversed))
    case .object(let object):
      let members = object.members.map { (name: $0.name, value: reversed($0.value)) }
      let isAmbiguous = Set(members.map { Array($0.name.utf8) }).count < members.count
      return .object(JSONObject(members: isAmbiguous ? members : members.reversed()))
    default: return value
    }
  }

  // MARK: Translation

  /// Whatever it says, what comes of it is bounded and printable, and is the same however the JSON is written.
  private static func translation(_ body: WebhookBody, _ value: JSONValue) -> String? {
    let translator = WebhookTranslator(instance: "main")
    guard let rewritten = try? WebhookBody(value.bytes) else { return "it cannot be written" }
    for eventName in [nil, "Deployment Hook", "Pipeline Hook"] {
      let event = translator.translate(body, eventName: eventName)
      guard event == translator.translate(rewritten, eventName: eventName) else { return "written anew it is no \(event)" }
      guard event == translator.translate(value, eventName: eventName) else { return "read whole it is no \(event)" }
      let (ids, texts) = content(event)
      guard ids.allSatisfy({ $0 > 0 }) else { return "an id below 1: \(event)" }
      for text in texts where text.utf8.count > 4 * 2_048 || !text.unicodeScalars.allSatisfy(isPlain) {
        return "a text that is too long, or not for printing: \(text.debugDescription)"
      }
    }
    return nil
  }

  /// Steers no terminal and turns no direction.
  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: false
    default: !scalar.properties.isBidiControl
    }
  }

  private static func content(_ event: WebhookEvent) -> (ids: [Int64], texts: [String]) {
    switch event {
    case .irrelevant(let reason): return ([], [reason])
    case .pipeline(let hint):
      return (
        [hint.project.id, hint.pipeline] + hint.jobs.map(\.id),
        [hint.project.path] + hint.jobs.flatMap { [$0.environment, $0.tier ?? ""] }
      )
    case .deployment(let event):
      let ids = [event.identity.deployment, event.identity.project] + [event.jobID, event.approvalID].compactMap(\.self)
      let texts = [event.tier, event.project.webURL, event.approver?.username, event.approver?.name].compactMap(\.self)
      return (ids + (event.approver.map { [$0.id] } ?? []), texts + [event.environment, event.project.path])
    }
  }

  // MARK: Redaction

  /// What is kept is JSON, holds no secret however it was written, and has nothing more to hide.
  private static func redaction(_ body: WebhookBody) -> String? {
    let kept = body.redacted(hiding: secrets)
    let plain = secrets.filter { $0.isContained(in: body.bytes) }
    guard kept == body.walked(hiding: secrets, plain) else { return "a quick look saw nothing to hide" }
    let text = String(decoding: kept, as: UTF8.self)
    guard let again = try? WebhookBody(kept) else { return "what is kept is no JSON: \(text)" }
    guard again.redacted(hiding: secrets) == kept else { return "there was more to hide: \(text)" }
    guard let value = try? JSONValue.parse(again.bytes) else { return "what is kept is no JSON: \(text)" }
    return exposed(value).map { "\($0) is kept: \(text)" }
  }

  private static func exposed(_ value: JSONValue) -> String? {
    switch value {
    case .null, .bool, .integer, .number: return nil
    case .string(let text): return exposed(text)
    case .array(let elements): return elements.lazy.compactMap(exposed).first
    case .object(let object):
      return object.members.lazy.compactMap { name, value in
        exposed(name) ?? (isSecret(name) && !isHidden(value) ? "the value of \(name)" : exposed(value))
      }.first
    }
  }

  private static func exposed(_ text: String) -> String? {
    let bytes = Array(text.utf8)
    for secret in secrets where bytes.firstRange(ofText: secret) != nil { return "the secret \(secret)" }
    return hasPassword(bytes) ? "a password" : nil
  }

  private static func isSecret(_ name: String) -> Bool {
    let name = "_" + name.lowercased().split(separator: "-", omittingEmptySubsequences: false).joined(separator: "_")
    return ["_token", "_secret", "_password", "_api_key", "_private_key"].contains { name.utf8.reversed().starts(with: $0.utf8.reversed()) }
  }

  private static func isHidden(_ value: JSONValue) -> Bool { [.null, true, false, "", "[REDACTED]"].contains(value) }

  /// Whether `://NAME:PASSWORD@` stands in it (RFC 3986 §3.2.1), read by octets.
  private static func hasPassword(_ text: [UInt8]) -> Bool {
    guard let start = text.firstRange(ofText: "://") else { return false }
    let rest = text[start.upperBound...]
    let authority = rest.prefix { !"/?#\"'<> \r\n\t".utf8.contains($0) }
    let user = authority.lastIndex(of: UInt8(ascii: "@")).map { authority[..<$0] }
    return user?.contains(UInt8(ascii: ":")) ?? false || hasPassword(Array(rest))
  }
}
