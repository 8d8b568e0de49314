#include "adapters/yaml/credential.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "config_folder.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {
namespace {

using testing::brief;
using testing::ConfigFolder;
using testing::Lines;

constexpr const char* kSecret = "s3cr3t-t0ken";

void secret(const ConfigFolder& folder, const std::string& name, std::string_view text,
            mode_t mode = 0600) {
  folder.write(name, text);
  ASSERT_EQ(::chmod((folder.config() / name).c_str(), mode), 0);
}

/// Loads routes.yaml with one upstream and this `auth`.
LoadResult with_auth(const ConfigFolder& folder, const std::string& auth,
                     const std::string& url = "https://sales.test") {
  folder.write("routes.yaml", "upstreams:\n  u: { url: \"" + url + "\", auth: " + auth + " }\n");
  return folder.load();
}

TEST(Credential, IsTheFilesContentWithoutLineBreak) {
  const ConfigFolder folder;
  secret(folder, "plain", "s3cr3t-t0ken\n");
  secret(folder, "windows", "\xef\xbb\xbfs3cr3t-t0ken\r\n\r\n");
  secret(folder, "person", "user:pass word\n");
  for (const auto& [auth, name, value] : std::vector<std::array<std::string, 3>>{
           {"{ bearer_file: plain }", "Authorization", "Bearer s3cr3t-t0ken"},
           {"{ bearer_file: windows }", "Authorization", "Bearer s3cr3t-t0ken"},
           {"{ basic_file: person }", "Authorization", "Basic dXNlcjpwYXNzIHdvcmQ="},
           {"{ header: X-Api-Key, value_file: plain }", "X-Api-Key", "s3cr3t-t0ken"},
           {"{ header: Authorization, value_file: person }", "Authorization", "user:pass word"},
       }) {
    const LoadResult result = with_auth(folder, auth);
    ASSERT_TRUE(result.ok()) << auth << ' ' << to_string(result.problems.at(0));
    EXPECT_EQ(brief(result.problems), Lines{}) << auth;
    const UpstreamTarget& target = *result.snapshot->upstreams.at("u");
    EXPECT_EQ(target.credential_name, name);
    EXPECT_EQ(target.credential_value, value);
  }
}

TEST(Credential, OfThePdp) {
  const ConfigFolder folder;
  secret(folder, "pdp.token", kSecret);
  folder.write("settings.yaml",
               "experience_version: 1.4.0\nauthzen: { pdp: \"https://pdp.test\", auth: { "
               "bearer_file: pdp.token } }\n");
  const LoadResult result = folder.load();
  ASSERT_TRUE(result.ok()) << to_string(result.problems.at(0));
  EXPECT_EQ(result.snapshot->settings.authzen.pdp->credential_value,
            std::string("Bearer ") + kSecret);
  folder.write("settings.yaml",
               "experience_version: 1.4.0\nauthzen: { auth: { bearer_file: pdp.token } }\n");
  EXPECT_EQ(brief(folder.load().problems), Lines{"settings.yaml:2:18 CONFIG_BAD_VALUE"});
}

TEST(Credential, ErrorsNeverRevealTheSecret) {
  const ConfigFolder folder;
  secret(folder, "lines", std::string(kSecret) + "\n" + kSecret + "\n");
  secret(folder, "blank", std::string(kSecret) + " \n");
  secret(folder, "prefixed", std::string("Bearer ") + kSecret);
  secret(folder, "accents", std::string(kSecret) + "\xc3\xa9");
  secret(folder, "wide", std::string("s\0e\0", 4));
  secret(folder, "control", std::string(kSecret) + "\x01");
  secret(folder, "empty", "\n");
  secret(folder, "large", std::string(limits::kMaxSecretBytes + 1, 'a'));
  secret(folder, "open", kSecret, 0602);
  secret(folder, "good", kSecret);
  std::filesystem::create_directory(folder.config() / "folder");
  for (const auto& [auth, says] : std::vector<std::pair<std::string, std::string>>{
           {"{ bearer_file: absent }", "No such file"},
           {"{ bearer_file: folder }", "it is not a regular file"},
           {"{ bearer_file: lines }", "one line"},
           {"{ bearer_file: blank }", "blank"},
           {"{ bearer_file: prefixed }", "without \"Bearer\""},
           {"{ bearer_file: accents }", "non-ASCII"},
           {"{ bearer_file: wide }", "UTF-16"},
           {"{ bearer_file: control }", "control byte"},
           {"{ bearer_file: empty }", "is empty"},
           {"{ bearer_file: large }", "is larger"},
           {"{ bearer_file: open }", "can change it"},
           {"{ basic_file: good }", "\"user:password\""},
           {"{ header: Host, value_file: good }", "cannot carry a credential"},
           {"{ header: X-Portcullis-User, value_file: good }", "cannot carry a credential"},
           {"{ header: \"a b\", value_file: good }", "cannot carry a credential"},
           {"{ header: X-Api-Key }", "\"value_file\" is required"},
           {"{ value_file: good }", "\"header\" is required"},
           {"{ bearer_file: good, basic_file: good }", "exactly one"},
           {"{}", "exactly one"},
           {"{ bearer: good }", ""},
       }) {
    const LoadResult result = with_auth(folder, auth);
    EXPECT_FALSE(result.ok()) << auth;
    ASSERT_FALSE(result.problems.empty()) << auth;
    EXPECT_NE(result.problems[0].message.find(says), std::string::npos)
        << auth << ": " << result.problems[0].message;
    for (const ConfigProblem& problem : result.problems) {
      EXPECT_EQ(to_string(problem).find(kSecret), std::string::npos) << to_string(problem);
    }
  }
}

TEST(Credential, ReadableByOthersIsAWarning) {
  const ConfigFolder folder;
  secret(folder, "good", kSecret, 0604);
  const LoadResult open = with_auth(folder, "{ bearer_file: good }");
  EXPECT_TRUE(open.ok());
  EXPECT_EQ(brief(open.problems), Lines{"routes.yaml:2:56 CONFIG_SECRET_EXPOSED?"});
  secret(folder, "good", kSecret, 0640);
  EXPECT_EQ(brief(with_auth(folder, "{ bearer_file: good }", "http://sales.test").problems),
            Lines{"routes.yaml:2:40 CONFIG_SECRET_EXPOSED?"});
  EXPECT_EQ(brief(with_auth(folder, "{ bearer_file: good }", "http://127.0.0.1:1").problems),
            Lines{});
}

}  // namespace
}  // namespace portcullis::bff
