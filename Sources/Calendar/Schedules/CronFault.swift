/// Why a text is no cron schedule.
package enum CronFault: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Reason: Sendable, Hashable {
    case value(String)
    case backwards
    case stepWithoutRange
    case step(ClosedRange<Int>)
  }

  case tooLong
  case fieldCount(Int)
  case nickname(String)
  /// Its name, what it says, and what is wrong with that.
  case field(String, String, Reason)
  case neverFires

  package var description: String {
    let nicknames = CronSchedule.nicknames.map(\.name).joined(separator: ", ")
    switch self {
    case .tooLong:
      return "a cron schedule has at most \(CronSchedule.longestText) bytes; write ranges and steps in place of long lists"
    case .fieldCount(let count):
      return
        "a cron schedule has five fields (\(CronField.Kind.all.map(\.name).joined(separator: ", "))), such as `0 18 * * 5`, or is one of "
        + "\(nicknames); this one has \(count) \(count == 1 ? "field" : "fields")"
    case .nickname(let name): return "there is no schedule \(quoted(name)); known are \(nicknames)"
    case .field(let name, let text, .value(let allowed)):
      return "the \(name) \(quoted(text)) is not understood; allowed are `*`, \(allowed), ranges, lists, and steps such as `*/2`"
    case .field(let name, let text, .backwards):
      return "the \(name) \(quoted(text)) has a range that runs backwards; write two, as in `22-23,0-6` for hours of a night"
    case .field(let name, let text, .stepWithoutRange):
      return "the \(name) \(quoted(text)) has a step without a range; write `*/STEP` or `FROM-TO/STEP`"
    case .field(let name, let text, .step(let allowed)):
      return "the \(name) \(quoted(text)) has a step that is none; allowed are \(allowed.lowerBound) to \(allowed.upperBound)"
    case .neverFires: return "it never fires: none of its months has such a day; correct the day of month or the month"
    }
  }
}

/// A text of the configuration as a message repeats it: cut, and plain.
func quoted(_ text: String) -> String {
  let scalars = text.unicodeScalars
  let plain = scalars.prefix(40).map { (" "..."~").contains($0) ? Character($0) : "?" }
  return "`\(String(plain))\(scalars.count > 40 ? "…" : "")`"
}
