import GitLab

/// What a person says about single things when they are taken back.
struct SetupUndoWishes {
  /// To go with what others have made of them.
  var discarded: [String] = []
  /// To be struck from the record where they cannot go, and why.
  var forgotten: [String] = []
  var because: String?

  /// Nobody may believe that something was forgotten which was only misspelt.
  ///
  /// - Parameter missing: projects of which something else can be forgotten.
  func expectKnown(among traces: [SetupTrace], besides missing: [MissingProject] = []) throws {
    for thing in discarded + forgotten {
      // Another project may have the path of one that was moved: each is meant by its number.
      let ids = Set(
        traces.filter { $0.change.place.text == thing }.compactMap(\.change.place.id) + missing.filter { $0.text == thing }.map(\.id))
      guard ids.count < 2 else {
        let level = thing.prefix { $0 != " " }
        throw Failure.usage(
          "several have been \(terminalSafe(thing)): say which, "
            + ids.sorted().map { "'\(level) \($0)'" }.joined(separator: " or "))
      }
      guard !missing.contains(where: { $0.isMeant(by: thing) }), !traces.contains(where: { Self.means(thing, $0) }) else { continue }
      var known: [String] = []
      for text in traces.map(\.text) + missing.map(\.text) where !known.contains(text) { known.append(text) }
      throw Failure.usage(
        "apply's record has nothing called '\(terminalSafe(thing))'; "
          + (known.isEmpty ? "it has nothing at all" : "it has: \(terminalSafe(known.joined(separator: ", ")))"))
    }
  }

  func discards(_ trace: SetupTrace) -> Bool { discarded.contains { Self.means($0, trace) } }

  /// Why the thing is forgotten; nil where it is not. What stands for others' sake is only by its own name: whoever names its place says that the place
  /// is gone.
  func reason(toForget trace: SetupTrace, after outcome: SetupUndoing? = nil) -> String? {
    if case .kept? = outcome { return forgotten.contains(trace.text) ? because : nil }
    return forgotten.contains { Self.means($0, trace) } ? because : nil
  }

  /// How a person says what GitLab does not show: of a project or group that is gone, all of it at once.
  ///
  /// - Parameter verb: that takes all else back, or not.
  static func howToForget(_ trace: SetupTrace, by verb: Verb = .undo) -> String {
    let isOfPlace = [.membership, .protection, .hook, .adminToken].contains(trace.change.kind) && trace.change.place != .instance
    return
      "if it is gone for good, say so: \(command(isOfPlace ? trace.change.place.text : trace.text, verb)) strikes it from the record, and the audit log "
      + "says who and why"
  }

  enum Verb: String {
    case undo = "undo --forget"
    case forget
  }

  /// How a person leaves others what they have built on.
  static func howToLeave(_ trace: SetupTrace) -> String { "to leave it to them for good: \(command(trace.text, .undo))" }

  private static func command(_ thing: String, _ verb: Verb) -> String {
    "`gatehouse setup \(verb.rawValue) \"\(thing)\" --because \"WHY\"`"
  }

  /// By what undo calls it, or by where it is.
  private static func means(_ thing: String, _ trace: SetupTrace) -> Bool {
    let place = trace.change.place
    guard place != .instance else { return thing == trace.text }
    return thing == trace.text || thing == place.text || thing == place.id.map { "\(place.level.rawValue) \($0)" }
  }
}

/// A project that the server was shown once, and that was found moved away or hidden since.
struct MissingProject {
  var id: Int64
  /// By the path that it had.
  var text: String

  func isMeant(by thing: String) -> Bool { thing == text || thing == "project \(id)" }
}
