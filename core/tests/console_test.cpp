// What the vectors cannot express: lines that are not JSON. The ops are covered by spec/vectors.
#include "portcullis/console.hpp"

#include <gtest/gtest.h>

#include <string>

#include "exact_copy.hpp"
#include "portcullis/limits.hpp"

namespace portcullis {
namespace {

using namespace std::string_literals;

std::string run(std::string_view line) {
  const ExactCopy copy(line);
  return console_line(copy.view());
}

TEST(Console, RejectsLinesThatAreNotJsonObjects) {
  for (const std::string& line :
       {""s, " "s, "\n"s, "nonsense"s, "{"s, "[]"s, "1"s, "null"s, "\"ops\""s, "{\"op\":\"ops\"}x"s,
        "{\"op\":\"ops\"}\0"s, "{\"op\":\"ops\"} {\"op\":\"ops\"}"s, "{\"op\":\"\xff\"}"s,
        "{\"op\":\"ops\",\"op\":\"ops\"}"s, "{\"op\":\"ops\",\"x\":{\"y\":1,\"y\":1}}"s,
        std::string(250000, '['), "{\"op\":" + std::string(250000, '{')}) {
    EXPECT_EQ(run(line), R"({"error":"CONSOLE_BAD_JSON"})") << line.substr(0, 60);
  }
}

TEST(Console, IgnoresLineEnds) {
  const std::string answer = run(R"({"op":"semver.valid","version":"1.2.3"})");
  EXPECT_EQ(answer, R"({"result":"1.2.3"})");
  EXPECT_EQ(run("{\"op\":\"semver.valid\",\"version\":\"1.2.3\"}\r\n"), answer);
  EXPECT_EQ(run("  {\"op\":\"semver.valid\",\"version\":\"1.2.3\"}\n"), answer);
}

TEST(Console, RejectsLinesThatAreTooLong) {
  const std::string line = R"({"op":"semver.valid","version":"1.2.3","x":")";
  const std::string fill(limits::kMaxConsoleLineBytes - line.size() - 2, 'x');
  EXPECT_EQ(run(line + fill + "\"}"), R"({"result":"1.2.3"})");
  EXPECT_EQ(run(line + fill + "\"}\n"), R"({"result":"1.2.3"})");
  EXPECT_EQ(run(line + fill + "x\"}"), R"({"error":"CONSOLE_LINE_TOO_LONG"})");
}

TEST(Console, WritesKeysInTheDocumentedOrder) {
  EXPECT_EQ(run(R"({"op":"path.canonicalize","target":"/a//b?q"})"),
            R"({"ok":true,"path":"/a/b","query":"q"})");
  EXPECT_EQ(run(R"({"op":"path.canonicalize","target":"/a;b"})"),
            R"({"ok":false,"code":"PATH_SEMICOLON"})");
  EXPECT_EQ(run(R"({"op":"topic.allowed","prefixes":["/e"],"topic":"/e/1"})"),
            R"({"allowed":true,"code":"ALLOWED"})");
  EXPECT_EQ(run(R"({"op":"sse.parse","chunks_b64":["ZGF0YTp4CgppZDo3CgpyZXRyeTo1Cg=="]})"),
            R"({"events":[{"type":"message","data":"x","lastEventId":""}],"retry_ms":5,)"
            R"("last_event_id":"7"})");
}

TEST(Console, ReportsDuplicateKeysOfAManifest) {
  const std::string answer =
      run(R"({"op":"manifest.validate","manifest":{"id":"a","id":"b","x":[{"y":1,"y":2}]}})");
  EXPECT_NE(answer.find(R"("ok":false)"), std::string::npos);
  EXPECT_NE(answer.find(R"("code":"JSON_DUPLICATE_KEY","pointer":"/id")"), std::string::npos);
  EXPECT_NE(answer.find(R"("code":"JSON_DUPLICATE_KEY","pointer":"/x/0/y")"), std::string::npos);
  EXPECT_NE(run(R"({"op":"decide","method":"GET","target":"/a","manifest":{"id":"a","id":"a"}})")
                .find("MANIFEST_INVALID"),
            std::string::npos);
}

TEST(Console, IgnoresManifestsWithDuplicateKeys) {
  const std::string good = R"({"id":"g","version":"1.0.0","engine":{"experience":"*"},)"
                           R"("contributions":{"routes":[{"path":"/g","component":"G"}]}})";
  std::string bad = good;
  bad.replace(1, 8, R"("id":"b","id":"b")");
  const std::string answer = run(R"({"op":"authzen.requests","subject":{"type":"t","id":"i"},)"
                                 R"("manifests":[)" +
                                 bad + "," + good + "]}");
  EXPECT_EQ(
      answer,
      R"({"evaluations":[{"subject":{"type":"t","id":"i"},)"
      R"("resource":{"type":"plugin.route","id":"/g"},"action":{"name":"view"},"context":{}}]})");
}

TEST(Console, DeniesRepliesWithDuplicateKeys) {
  for (const std::string body :
       {R"({"decision":false,"decision":true})", R"({"decision":true,"decision":true})",
        R"({"evaluations":[{"decision":true,"decision":false}]})",
        R"({"decision":true,"context":{"a":1,"a":2}})"}) {
    EXPECT_EQ(run(R"({"op":"authzen.apply","requests":1,"status":200,"body":)" + body + "}"),
              R"({"decisions":[false]})")
        << body;
  }
}

TEST(Console, ReportsAManifestThatIsTooDeepOrTooLarge) {
  const auto validate = [](const std::string& manifest) {
    return run(R"({"op":"manifest.validate","manifest":)" + manifest + "}");
  };
  const std::string deep =
      R"({"config":{"a":)" + std::string(31, '[') + std::string(31, ']') + "}}";
  EXPECT_NE(validate(deep).find("JSON_TOO_DEEP"), std::string::npos);
  const std::string large =
      R"({"id":"a","x":")" + std::string(limits::kMaxManifestBytes, 'x') + "\"}";
  EXPECT_NE(validate(large).find("JSON_TOO_LARGE"), std::string::npos);
}

}  // namespace
}  // namespace portcullis
