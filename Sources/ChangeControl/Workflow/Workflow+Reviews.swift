/// Reviews, and the clicks that lead around one.
extension Workflow {
  /// The names of the statuses in which the policy's rules are asked: an approval leads on from there.
  package var reviews: [String] { statuses.map(\.name).filter(isReview) }

  package func isReview(_ status: String) -> Bool { transition(from: status, on: .approval) != nil }

  /// The reviews that a person's transition leads around for a change that has passed those in `passed`: they lie ahead of where it begins, and it
  /// leads behind them. JSM's `Ready for implementation` is such a way around the CAB. A review is not gone around where one was passed that
  /// leads behind it as well.
  package func reviews(besides transition: Transition, passed: [String] = []) -> [String] {
    guard transition.trigger.isPerson else { return [] }
    return reviews.filter { review in
      guard !passed.contains(review) else { return false }
      let place = Surroundings(of: review, in: self)
      return place.isLedAround(by: transition) && !passed.contains { place.isBehind(approvalOf: $0, in: self) }
    }
  }

  /// Each click that leads around reviews, whoever takes it, for people: what an approval step is worth depends on what else leads on beside it.
  package func waysAround() -> [Flaw] {
    let places = reviews.map { Surroundings(of: $0, in: self) }
    return transitions.indices.compactMap { index in
      let transition = transitions[index]
      guard case .person(let role) = transition.trigger else { return nil }
      let around = places.filter { $0.isLedAround(by: transition) }.map { "`\($0.review)`" }
      guard !around.isEmpty else { return nil }
      return Flaw(
        place: .transition(index),
        message:
          "`\(transition.name)` \(transition.trigger.phrase) leads from `\(transition.from)` to `\(transition.to)`, around the review "
          + "\(around.joined(separator: " and ")): each \(role.andAbove) can let a change go on without it, but for who triggered its deployment "
          + "where `prevent_self_approval` holds; leave it out, or lead it to the review, if no change shall do without")
    }
  }

  /// What lies before a review and what behind it. Ways are those of people: their clicks and their approvals. What the deployment does, or a
  /// broken glass, goes past all reviews and says nothing of their order.
  private struct Surroundings {
    let review: String
    /// From where a change can come to the review; the review itself is one of them.
    let before: Set<String>
    /// Where its approval leads, what allows, and what lies between the two, nearer to there than to the review.
    let behind: Set<String>
    /// Those behind it that no click leads into from elsewhere: who is there has passed the review, or was led around it.
    let surelyBehind: Set<String>
    /// From where clicks alone lead to what allows, and no way to the review: its end is a way around it, whatever lies between.
    let aside: Set<String>

    init(of review: String, in workflow: Workflow) {
      self.review = review
      let allowing = Set(workflow.statuses.filter { $0.gate == .allowed }.map(\.name))
      let ways = workflow.transitions.filter { way in
        workflow.status(named: way.from)?.gate == .awaiting && (way.trigger.isPerson || way.trigger == .approval)
      }
      let stepsToReview = steps(from: [review], along: ways.map { ($0.to, $0.from) })
      before = Set(stepsToReview.keys)
      let target = workflow.transition(from: review, on: .approval)?.to ?? review
      let around = ways.filter { $0.from != review && $0.to != review }
      // Ways lead back, too: what is nearer to the review than to where its approval leads lies before it.
      let onward = steps(from: [target], along: around.map { ($0.from, $0.to) }) { $1 < stepsToReview[$0] ?? .max }
      // Not by way of where its approval leads: what leads on only through there is put off, and not behind it.
      let leading = steps(from: allowing, along: around.filter { $0.from != target && $0.to != target }.map { ($0.to, $0.from) }) {
        place, _ in
        onward[place] != nil
      }
      let behind = Set(onward.keys).intersection(leading.keys).union(allowing).union([target])
      self.behind = behind
      let entered = ways.filter { $0.trigger.isPerson && !behind.contains($0.from) }.map(\.to)
      surelyBehind = behind.subtracting(entered).union([target])
      let clicks = steps(from: allowing, along: ways.filter(\.trigger.isPerson).map { ($0.to, $0.from) })
      aside = Set(clicks.keys).subtracting(before)
    }

    func isLedAround(by transition: Transition) -> Bool {
      guard before.contains(transition.from), !surelyBehind.contains(transition.from), transition.to != review else { return false }
      return behind.contains(transition.to) || aside.contains(transition.to)
    }

    func isBehind(approvalOf other: String, in workflow: Workflow) -> Bool {
      workflow.transition(from: other, on: .approval).map { behind.contains($0.to) } ?? false
    }
  }
}

/// Everything that ways lead to from `start`, which is part of it, and in how many steps at least.
///
/// - Parameter isPart: whether a place that many steps away is taken, and gone on from.
private func steps(
  from start: Set<String>, along ways: [(from: String, to: String)], where isPart: (String, Int) -> Bool = { _, _ in true }
) -> [String: Int] {
  var steps = Dictionary(uniqueKeysWithValues: start.map { ($0, 0) })
  var frontier = start
  var count = 0
  while !frontier.isEmpty {
    count += 1
    let next = Set(ways.filter { frontier.contains($0.from) && steps[$0.to] == nil && isPart($0.to, count) }.map(\.to))
    for place in next { steps[place] = count }
    frontier = next
  }
  return steps
}
