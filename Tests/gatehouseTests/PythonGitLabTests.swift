import GitLabSimulator
import Glibc
import JSON
import TestSupport
import Testing

/// Where python-gitlab is installed; nil where nobody says.
private let python = getenv("GATEHOUSE_PYTHON").map { String(cString: $0) }

/// python-gitlab, pointed at the gate in GitLab's place. `make test-python-gitlab` fetches it, and says where its Python is.
@Suite(.enabled(if: python != nil, "make test-python-gitlab runs it")) struct PythonGitLabTests {
  static let script = #"""
    import gitlab, os
    gl = gitlab.Gitlab(os.environ["URL"], private_token=os.environ["ADMIN"], keep_base_url=True)
    project = gl.projects.get("acme/payments/checkout")
    assert project.id == 30 and project.path_with_namespace == "acme/payments/checkout"
    names = [e.name for e in project.protected_environments.list(iterator=True, per_page=1)]
    assert names == ["production", "staging"], names
    made = project.protected_environments.create({
        "name": "review/feature-x", "deploy_access_levels": [{"access_level": 40}],
        "approval_rules": [{"user_id": 97, "required_approvals": 1}]})
    assert made.name == "review/feature-x" and made.approval_rules[0]["user_id"] == 97, made.attributes
    lazy = gl.projects.get(30, lazy=True)
    one = lazy.protected_environments.get("review/feature-x")
    assert one.deploy_access_levels == made.deploy_access_levels
    changed = gl.http_put("/projects/30/protected_environments/review%2Ffeature-x", post_data={
        "approval_rules": [{"id": one.approval_rules[0]["id"], "_destroy": True}]})
    assert changed["approval_rules"] == [], changed

    def refused(status, words, call):
        try:
            call()
        except gitlab.GitlabError as error:
            assert error.response_code == status and words in str(error.error_message), error
        else:
            raise AssertionError(f"{status} was expected")

    wrong = {"name": "x", "deploy_access_levels": [{"user_id": 4711}]}
    refused(422, "user_id 4711 is no member", lambda: lazy.protected_environments.create(wrong))
    twice = {"name": "production", "deploy_access_levels": [{"access_level": 40}]}
    refused(409, "is already protected", lambda: lazy.protected_environments.create(twice))
    refused(404, "404 Not found", lambda: lazy.protected_environments.get("nothing"))
    refused(404, "404 Project Not Found", lambda: gl.projects.get("acme/other"))
    reader = gitlab.Gitlab(os.environ["URL"], private_token=os.environ["READER"])
    assert len(reader.projects.get(30, lazy=True).protected_environments.list(get_all=True)) == 3
    refused(403, "it takes admin", lambda: reader.projects.get(30, lazy=True).protected_environments.delete("staging"))
    stranger = gitlab.Gitlab(os.environ["URL"], private_token="glpat-wrong")
    refused(401, "Gatehouse token", lambda: stranger.projects.get(30))
    one.delete()
    refused(404, "404 Not found", lambda: lazy.protected_environments.get("review/feature-x"))
    print("done with python-gitlab", gitlab.__version__)
    """#

  @Test("reads, protects, changes and unprotects, and raises its own errors for what is refused")
  func wholeLife() async throws {
    try await House.with(ProtectedEnvironmentStoryTests.settings) { house in
      write(Self.script, toFile: house.folder.file("client.py"))
      let environment = ["URL": house.url, "ADMIN": try await house.token(of: "adam"), "READER": try await house.token(of: "audrey")]
      let run = try await Program.shell("'\(python ?? "")' client.py", environment: environment, in: house.folder)
      run.expectDone()
      #expect(run.output.hasPrefix("done with python-gitlab"), "\(run)")
    }
  }
}
