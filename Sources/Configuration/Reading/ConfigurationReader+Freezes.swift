internal import Calendar
internal import ChangeControl

extension ConfigurationReader {
  func freezeWindows(_ section: Section) -> [FreezeWindow] {
    let items = section.items("freeze_windows", of: "windows, such as [{name: weekend, cron: \"0 18 * * 5\", duration: 62h}]") ?? []
    guard items.count <= Limits.freezeWindows else {
      report.problem(
        "`freeze_windows` has \(items.count) windows; at most \(Limits.freezeWindows) are allowed",
        at: section.position(of: "freeze_windows"))
      return []
    }
    var names = DeclaredNames(place: "freeze_windows")
    return items.compactMap { freezeWindow($0, &names) }
  }

  private func freezeWindow(_ node: YAMLNode, _ names: inout DeclaredNames) -> FreezeWindow? {
    guard let section = Section(node, "a freeze window", .freezeWindow, report) else { return nil }
    let name = section.required("name", "what people call it, such as weekend").flatMap { report.text($0, "name", limit: Limits.nameBytes) }
    if let name, let line = names.insert(name, at: section.position(of: "name")) {
      report.problem(
        "`name` \(shown(name)) stands here a second time, first in line \(line); give each window a name of its own",
        at: section.position(of: "name"))
    }
    // A zone that is wrong hides nothing else that is.
    let zone = zone(section)
    guard let schedule = schedule(section, in: zone ?? .utc), zone != nil, let name else { return nil }
    guard schedule.everEnds else {
      report.problem("freeze window \(shown(name)) never ends: \(endlessness(of: schedule))", at: section.position)
      return nil
    }
    return FreezeWindow(name: name, schedule: schedule)
  }

  private func endlessness(of schedule: WindowSchedule) -> String {
    switch schedule {
    case .recurring:
      "the next begins before it is over, so nothing would ever be let through; shorten its `duration`, or let it begin less often"
    case .fixed: "from `from` to `until` are more than ten years, in which nothing would be let through; correct them"
    case .calendar: "its `calendar` has an event of more than ten years, in which nothing would be let through; correct its end"
    }
  }

  /// What `timezone` names; UTC where there is none.
  func zone(_ section: Section) -> TimeZone? {
    guard let node = section.node("timezone") else { return section.has("timezone") ? nil : .utc }
    guard let name = report.text(node, "timezone", limit: Limits.nameBytes) else { return nil }
    do throws(TimeZoneFault) {
      return try zones.zone(named: name)
    } catch {
      report.problem("`timezone`: \(error)", at: node.position)
      return nil
    }
  }

  /// By `cron` and `duration`, by `from` and `until`, or by `calendar`.
  func schedule(_ section: Section, in zone: TimeZone) -> WindowSchedule? {
    let kinds = ["cron", "from", "calendar"].filter(section.has)
    guard kinds.count == 1 else {
      report.problem(
        "a window \(kinds.isEmpty ? "lacks" : "has more than one of") `cron` (with `duration`), `from` (with `until`) and `calendar`; write one",
        at: section.position)
      return nil
    }
    let stray = ["duration": "cron", "until": "from"].filter { section.has($0.key) && kinds[0] != $0.value }.keys.sorted()
    for key in stray { report.problem("`\(key)` does not go with `\(kinds[0])`; leave it out", at: section.position(of: key)) }
    switch kinds[0] {
    case "cron": return recurring(section, in: zone)
    case "from": return fixed(section, in: zone)
    default: return calendar(section, in: zone)
    }
  }

  private func recurring(_ section: Section, in zone: TimeZone) -> WindowSchedule? {
    guard let node = section.required("duration", "how long it lasts, such as 62h"),
      let duration = report.duration(node, "duration", in: Limits.freezeDuration), let cron = section.node("cron"),
      let text = report.text(cron, "cron")
    else { return nil }
    do throws(CronFault) {
      return .recurring(try CronSchedule(text), lasting: duration, in: zone)
    } catch {
      report.problem("`cron`: \(error)", at: cron.position)
      return nil
    }
  }

  private func fixed(_ section: Section, in zone: TimeZone) -> WindowSchedule? {
    let end = section.required("until", "when it ends, such as 2026-12-27 or 2026-12-27T06:00").flatMap { instant($0, "until", in: zone) }
    guard let from = section.node("from").flatMap({ instant($0, "from", in: zone) }), let end else { return nil }
    guard let period = Period(start: from, end: end) else {
      report.problem("`until` must be after `from`", at: section.position(of: "until"))
      return nil
    }
    return .fixed(period)
  }

  /// A date or time; where it names no offset, as clocks in that zone show it.
  func instant(_ node: YAMLNode, _ key: String, in zone: TimeZone) -> Instant? {
    // A date without quotes is a text too: this reader takes YAML's core schema, which has no dates.
    guard let text = report.text(node, key) else { return nil }
    if let instant = Instant(iso8601: text, in: zone) { return instant }
    return report.wrong(node, key, "a date or time, such as 2026-12-23, 2026-12-23T18:00 or 2026-12-23T18:00:00Z")
  }

  private func calendar(_ section: Section, in zone: TimeZone) -> WindowSchedule? {
    guard let node = section.node("calendar"), let path = report.text(node, "calendar") else { return nil }
    let bytes: [UInt8]
    do throws(FileFault) {
      bytes = try readFile(path, limit: ICalendar.largestFile)
    } catch {
      report.problem("`calendar`: the file \(shown(path)): \(error)", at: node.position)
      return nil
    }
    do throws(ICalendarFault) {
      let calendar = try ICalendar(bytes, in: zone) { [zones] in try zones.zone(named: $0) }
      if calendar.periods.isEmpty {
        report.warn("`calendar`: \(shown(path)) has no events that last, so it never holds anything", at: node.position)
      }
      return .calendar(calendar)
    } catch {
      report.problem("`calendar`: \(shown(path)), \(error)", at: node.position)
      return nil
    }
  }
}
