/// What leads to this gate beside the webhook that is kept.
extension SetupPlanner {
  /// What of a gate's the one of a place sends once apply has been there.
  func wantedEvents(_ known: Result<[RegisteredWebhook], SetupFault>?, in place: SetupPlace) -> [String] {
    let wanted = ["deployment"] + (needsPipelines ? ["pipeline"] : [])
    return wanted + (kept(ours(known, in: place), in: place)?.gateEvents ?? []).filter { !wanted.contains($0) }
  }

  /// Apply's own goes, and of others' it is said how: a person has to end what is delivered twice, and nothing else.
  ///
  /// - Parameters:
  ///   - events: what of a gate's is sent besides.
  ///   - or: what else a person may do about another's.
  func otherHooks(
    _ others: [RegisteredWebhook], of place: SetupPlace, beside kept: String, sending events: [String], or: String = ""
  ) -> [SetupStep] {
    others.map { other in
      let subject = "webhook \(other.id) of \(place.text)"
      let besides = "webhook \(other.id) leads to the same gate as \(kept)"
      if isMade(other, in: place) { return takingBack(other, of: place, because: "- removed: \(besides), and apply has made it") }
      let twice = other.gateEvents.filter(events.contains)
      let refused = "what it sends without our secret is answered 401, and GitLab may switch it off for that"
      guard !twice.isEmpty else {
        return SetupStep(
          .nothing, subject,
          notes: [
            "\(besides), and apply has not made it. It sends nothing that is sent there too, so that nothing is delivered twice; \(refused). Where "
              + "nobody needs it, remove it in GitLab (Settings > Webhooks)"
          ])
      }
      return .cannot(
        subject,
        "\(besides), and \(twice.joined(separator: " and ")) events are delivered twice: \(refused). Apply has not made it: remove it in GitLab "
          + "(Settings > Webhooks), or untick these events in it" + or)
    }
  }
}
