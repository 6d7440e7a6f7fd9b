extension World {
  /// A version of GitLab.
  package struct Version: Sendable, Hashable, Comparable {
    package var major: Int
    package var minor: Int
    package var patch: Int

    package init(_ major: Int, _ minor: Int, _ patch: Int = 0) {
      self.major = major
      self.minor = minor
      self.patch = patch
    }

    /// As `GET /version` says it.
    package var text: String { "\(major).\(minor).\(patch)-ee" }

    package static func < (left: Version, right: Version) -> Bool {
      (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }
  }

  /// What came to GitLab with a version and makes a difference to who sets a gate up (facts 0.1, C.2, E, F, G).
  package enum Feature: Sendable, Hashable, CaseIterable {
    /// The project's setting "Allow pipeline triggerer to approve deployment" in the API (gitlab!111747).
    case triggererApprovalSetting
    /// Service accounts of the instance and of top-level groups, and tokens for them.
    case serviceAccounts
    /// A token may rotate itself.
    case selfRotation
    case serviceAccountLists
    /// Whoever makes one says what it is called. Docs: "Ability to specify a username or name was introduced in GitLab 16.10".
    case serviceAccountNames
    case hookNames
    case hookEvents
    case hookResend
    case idempotencyKeys
    case serviceAccountUpdates
    case serviceAccountTokenLists
    /// 40 failures in a row until a hook is switched off for good, instead of four.
    case patientHooks
    case projectServiceAccounts
    case signingTokens
    /// `required_approval_count` above zero is refused, and an only approver's rule outlives the membership. Facts E: "2026 code".
    case approvalRulesOnly

    package var since: Version {
      switch self {
      case .triggererApprovalSetting: Version(15, 10)
      case .serviceAccounts: Version(16, 1)
      case .selfRotation, .serviceAccountNames: Version(16, 10)
      case .serviceAccountLists, .hookNames: Version(17, 1)
      case .hookEvents: Version(17, 3)
      case .hookResend, .idempotencyKeys: Version(17, 4)
      case .serviceAccountUpdates: Version(17, 10)
      case .serviceAccountTokenLists, .patientHooks: Version(17, 11)
      case .projectServiceAccounts: Version(18, 9)
      case .signingTokens, .approvalRulesOnly: Version(19, 0)
      }
    }
  }
}
