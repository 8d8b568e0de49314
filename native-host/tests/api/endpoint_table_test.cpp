// The endpoint table matches spec/openapi.yaml.
#include "api/endpoint_table.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "adapters/yaml/yaml.hpp"
#include "temp_folder.hpp"

namespace portcullis::bff {
namespace {

/// "GET /api/plugins/manifests" and its description.
std::map<std::string, const YamlNode*> operations_of(const YamlNode& document) {
  std::map<std::string, const YamlNode*> out;
  const YamlNode* const paths = document.find("paths");
  if (paths == nullptr) return out;
  for (std::size_t i = 0; i < paths->keys.size(); ++i) {
    const YamlNode& path = paths->items[i];
    for (std::size_t k = 0; k < path.keys.size(); ++k) {
      std::string method = path.keys[k].text;
      for (char& c : method) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      out[method + " " + paths->keys[i].text] = &path.items[k];
    }
  }
  return out;
}

TEST(EndpointTable, MatchesTheOpenApiDocument) {
  const auto file = std::filesystem::path(PORTCULLIS_SPEC_DIR) / "openapi.yaml";
  std::vector<ConfigProblem> problems;
  const auto document = parse_yaml(testing::read_text(file), "openapi.yaml", problems);
  ASSERT_TRUE(document.has_value());
  const auto described = operations_of(*document);
  std::set<std::string> served;
  for (const EndpointSpec& spec : endpoint_specs()) {
    const std::string operation = std::string(spec.method) + " " + std::string(spec.path);
    EXPECT_TRUE(served.insert(operation).second) << operation << " is a duplicate";
    const auto found = described.find(operation);
    ASSERT_NE(found, described.end()) << operation << " is not described";
    const YamlNode* const security = found->second->find("security");
    const bool open = security != nullptr && security->is_list() && security->items.empty();
    EXPECT_EQ(open, !spec.needs.session) << operation << ": whether it needs a session";
  }
  EXPECT_EQ(served.size(), described.size());
}

}  // namespace
}  // namespace portcullis::bff
