import ChangeControl
import Testing

/// Every story with every trouble at points all over it: the file stays sound, what was acknowledged is there, nothing happens twice, and once the
/// trouble is over all comes to its end.
@Suite struct CrashMatrixTests {
  enum Story: Sendable, CustomTestStringConvertible, CaseIterable {
    case decided(ApprovalStatus, asksGitLab: Bool)
    case ends(EndingCrashTests.Kind)

    static let allCases: [Story] =
      [ApprovalStatus.approved, .rejected].flatMap { status in [false, true].map { .decided(status, asksGitLab: $0) } }
      + EndingCrashTests.Kind.allCases.map { .ends($0) }

    var testDescription: String {
      switch self {
      case .decided(let status, let asks): "\(status)\(asks ? ", GitLab is asked" : "")"
      case .ends(let kind): "\(kind)"
      }
    }

    func lived(_ trouble: Trouble, at point: Int) throws -> (wasHit: Bool, count: Int) {
      switch self {
      case .decided(let status, let asks): try DecidedLife(decision: status, asksGitLab: asks, trouble, at: point).lived()
      case .ends(let kind): try EndingLife(kind, trouble, at: point).lived()
      }
    }
  }

  /// The death between statements has tests of its own, which try every point.
  @Test(arguments: Story.allCases, Trouble.allCases.filter { $0 != .death })
  func everyTroubleEndsTheSame(_ story: Story, _ trouble: Trouble) throws {
    try MortalDatabase.troubleEverywhere(story.testDescription, trouble, fewest: 5, most: 3) { try story.lived(trouble, at: $0) }
  }
}
