package import Calendar

extension World {
  package struct Group: Identifiable, Sendable {
    package let id: Int64
    package var name: String
    package var fullPath: String
    package var parentID: Int64?
    /// "Users cannot be added to projects in this group".
    package var locksMembership = false

    package init(id: Int64, name: String, fullPath: String, parentID: Int64? = nil) {
      self.id = id
      self.name = name
      self.fullPath = fullPath
      self.parentID = parentID
    }
  }

  package struct Project: Identifiable, Sendable {
    package let id: Int64
    package var groupID: Int64
    package var path: String
    package var description: String
    package var defaultBranch = "main"
    package var createdAt: Instant
    /// "Allow pipeline triggerer to approve deployment", off by default.
    package var allowsTriggererApproval = false
    /// The day on which it was marked for deletion: it is shown until it goes.
    package var markedForDeletionOn: String?
    /// "Repository" and "CI/CD" in its settings: without either nobody is shown environments.
    package var hasRepository = true
    package var hasJobs = true
    /// "Environments" there: without it nobody is shown any, and jobs deploy all the same.
    package var showsEnvironments = true
    /// Whole paths under which the project stood before it was moved; GitLab redirects from there.
    package var formerPaths: [String] = []

    package init(id: Int64, groupID: Int64, path: String, description: String = "", createdAt: Instant) {
      self.id = id
      self.groupID = groupID
      self.path = path
      self.description = description
      self.createdAt = createdAt
    }
  }

  package struct Environment: Identifiable, Sendable {
    package let id: Int64
    package var projectID: Int64
    package var name: String
    package var slug: String
    package var tier: String
    package var externalURL: String?
    package var createdAt: Instant

    package init(
      id: Int64, projectID: Int64, name: String, slug: String? = nil, tier: String, externalURL: String? = nil, createdAt: Instant
    ) {
      self.id = id
      self.projectID = projectID
      self.name = name
      self.slug = slug ?? name
      self.tier = tier
      self.externalURL = externalURL
      self.createdAt = createdAt
    }
  }

  /// Who a deploy access level or an approval rule speaks of: exactly one of the three.
  package enum Holder: Sendable, Hashable {
    case user(Int64)
    case group(Int64)
    case level(AccessLevel)
  }

  /// One element of `deploy_access_levels`, or, with a count, of `approval_rules`.
  package struct AccessRule: Identifiable, Sendable, Hashable {
    package let id: Int64
    package var holder: Holder
    /// 0: direct members of a group only; 1: inherited ones too.
    package var groupInheritance: Int64 = 0
    /// Not used by deploy access levels.
    package var requiredApprovals: Int64 = 1

    package init(id: Int64, _ holder: Holder, requiredApprovals: Int64 = 1, groupInheritance: Int64 = 0) {
      self.id = id
      self.holder = holder
      self.requiredApprovals = requiredApprovals
      self.groupInheritance = groupInheritance
    }
  }

  /// The protection of one environment by its name in a project, or of a whole tier in a group and all below it.
  package struct ProtectedEnvironment: Identifiable, Sendable {
    package let id: Int64
    package var source: Source
    /// An environment's name in a project, a tier in a group.
    package var name: String
    package var deployAccess: [AccessRule]
    package var approvalRules: [AccessRule]
    /// The count without rules of older releases.
    package var requiredApprovalCount: Int64 = 0

    package init(
      id: Int64, _ source: Source, name: String, deployAccess: [AccessRule], approvalRules: [AccessRule], requiredApprovalCount: Int64 = 0
    ) {
      self.id = id
      self.source = source
      self.name = name
      self.deployAccess = deployAccess
      self.approvalRules = approvalRules
      self.requiredApprovalCount = requiredApprovalCount
    }
  }

  func fullPath(of project: Project) -> String { groups[project.groupID].fullPath + "/" + project.path }

  func webURL(of project: Project) -> String { instance.baseURL + "/" + fullPath(of: project) }

  /// The group and all groups above it, nearest first.
  func ancestry(of groupID: Int64) -> [Group] {
    var chain: [Group] = []
    var next = groups.find(groupID)
    while let group = next {
      chain.append(group)
      next = groups.find(group.parentID)
    }
    return chain
  }

  /// The environment with this name in the project, which must exist.
  package func environment(named name: String, project: Int64) -> Environment {
    guard let environment = environments.all.first(where: { $0.projectID == project && $0.name == name }) else {
      preconditionFailure("project \(project) has no environment \(name); add one first")
    }
    return environment
  }
}
