// Every row of every table in spec/vectors, through the console. Node runs the same rows through
// WebAssembly. Tables whose rows have no "in" (subscriptions.json) have their own test.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "exact_copy.hpp"
#include "json.hpp"
#include "portcullis/console.hpp"

namespace portcullis {
namespace {

constexpr json::Limits kFile{64 << 20, 512};

// Objects are equal regardless of key order; numbers must have the same spelling.
bool equal(json::View a, json::View b) {
  if (a.kind() != b.kind() || a.size() != b.size()) return false;
  if (a.is_object()) {
    for (const json::View member : a.children()) {
      const json::View other = b.find(member.key());
      if (!other || !equal(member, other)) return false;
    }
    return true;
  }
  if (a.is_array()) {
    auto other = b.children().begin();
    for (const json::View entry : a.children()) {
      if (!equal(entry, *other)) return false;
      ++other;
    }
    return true;
  }
  return a.text() == b.text();
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::filesystem::path> tables() {
  std::vector<std::filesystem::path> paths;
  const std::filesystem::path folder = std::filesystem::path(PORTCULLIS_SPEC_DIR) / "vectors";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".json") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

void run_row(json::View row) {
  const std::string line = json::dump(row.find("in"));
  const ExactCopy copy(line);
  const std::string answer = console_line(copy.view());
  EXPECT_EQ(answer.find('\n'), std::string::npos);
  json::Document document;
  ASSERT_EQ(json::parse(answer, kFile, document).code, Code::kAllowed) << answer;
  EXPECT_TRUE(equal(document.root(), row.find("out")))
      << "  in:       " << line << "\n  expected: " << json::dump(row.find("out"))
      << "\n  answered: " << answer;
}

TEST(Vectors, MatchRowByRow) {
  std::size_t rows = 0;
  for (const auto& path : tables()) {
    SCOPED_TRACE(path.filename().string());
    json::Document table;
    const json::Error error = json::parse(read_file(path), kFile, table);
    ASSERT_EQ(error.code, Code::kAllowed) << error.reason << " at line " << error.line;
    std::set<std::string_view> names;
    for (const json::View row : table.root().find("rows").children()) {
      const std::string_view name = row.find("name").text();
      SCOPED_TRACE(std::string(name));
      EXPECT_FALSE(name.empty());
      EXPECT_TRUE(names.insert(name).second) << "duplicate name";
      if (!row.find("in")) continue;
      run_row(row);
      ++rows;
    }
    EXPECT_FALSE(names.empty()) << "a table without rows";
  }
  EXPECT_GE(rows, 170u) << "tables are missing";
}

TEST(Vectors, AnswersHaveNoDuplicateKeys) {
  for (const auto& path : tables()) {
    json::Document table;
    ASSERT_EQ(json::parse(read_file(path), kFile, table).code, Code::kAllowed);
    for (const json::View row : table.root().find("rows").children()) {
      if (!row.find("in")) continue;
      json::Document answer;
      const std::string line = console_line(json::dump(row.find("in")));
      EXPECT_EQ(json::parse(line, kFile, answer).code, Code::kAllowed) << line;
    }
  }
}

}  // namespace
}  // namespace portcullis
