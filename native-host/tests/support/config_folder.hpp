// A configuration folder and a plugins folder for one test; removed at its end.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/yaml/loader.hpp"

namespace portcullis::bff::testing {

class ConfigFolder {
 public:
  ConfigFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "portcullis-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    std::filesystem::create_directories(config());
    std::filesystem::create_directories(plugins());
    write("settings.yaml", "experience_version: \"1.4.0\"\n");
    write("plugins.yaml", "tenants:\n  localhost: []\n");
  }
  ~ConfigFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  ConfigFolder(const ConfigFolder&) = delete;
  ConfigFolder& operator=(const ConfigFolder&) = delete;

  std::filesystem::path root() const { return root_; }
  std::filesystem::path config() const { return root_ / "config"; }
  std::filesystem::path plugins() const { return root_ / "plugins"; }

  static void write_file(const std::filesystem::path& path, std::string_view text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  }
  void write(const std::string& name, std::string_view text) const {
    write_file(config() / name, text);
  }
  void bundle(const std::string& relative, std::string_view text) const {
    write_file(plugins() / relative, text);
  }

  LoadOptions options() const {
    return {.config_dir = config(), .plugins_dir = plugins(), .bundles = nullptr};
  }
  LoadResult load() const { return load_config(options()); }

 private:
  std::filesystem::path root_;
};

/// One entry of plugins.yaml, indented for a tenant's list.
inline std::string plugin_entry(const std::string& id, const std::string& more = {}) {
  return "    - id: " + id +
         "\n      version: \"1.0.0\"\n      engine: { experience: \">=1.0.0\" }\n" +
         "      bundle: { file: /app/plugins/" + id + "/1.0.0/index.esm.js }\n" +
         "      permissions: { api: [ { method: GET, path: /api/" + id + "/* } ], sse: [] }\n" +
         "      contributions: { routes: [ { path: /" + id + ", component: Page } ] }\n" + more;
}

/// "file:line:column CODE" per problem; warnings have a trailing '?'.
inline std::vector<std::string> brief(const std::vector<ConfigProblem>& problems) {
  std::vector<std::string> lines;
  for (const ConfigProblem& problem : problems) {
    lines.push_back(problem.where.file + ':' + std::to_string(problem.where.line) + ':' +
                    std::to_string(problem.where.column) + ' ' +
                    std::string(portcullis::name(problem.code)) +
                    (problem.severity == Severity::kWarning ? "?" : ""));
  }
  return lines;
}

/// The problems of a folder with this one file.
inline std::vector<std::string> problems_with(const std::string& file, std::string_view text) {
  const ConfigFolder folder;
  folder.write(file, text);
  return brief(folder.load().problems);
}

using Lines = std::vector<std::string>;

/// Text in which '^' directly precedes the position of a problem.
struct Marked {
  explicit Marked(std::string with_mark) : text(std::move(with_mark)) {
    const std::size_t at = text.find('^');
    if (at == std::string::npos) return;
    text.erase(at, 1);
    for (std::size_t i = 0; i < at; ++i) {
      column = text[i] == '\n' ? 1 : column + 1;
      line += text[i] == '\n' ? 1 : 0;
    }
  }
  /// "file:line:column CODE" at the mark.
  Lines expect(const std::string& file, std::string_view code) const {
    return {file + ':' + std::to_string(line) + ':' + std::to_string(column) + ' ' +
            std::string(code)};
  }
  std::string text;
  int line = 1;
  int column = 1;
};

}  // namespace portcullis::bff::testing
