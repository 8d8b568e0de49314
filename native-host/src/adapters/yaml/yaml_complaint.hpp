// Explains libyaml's errors in terms of what to write instead.
#pragma once

#include <yaml.h>

#include <string>
#include <string_view>

namespace portcullis::bff {

/// A message and its position (1-based).
struct YamlComplaint {
  int line = 0;
  int column = 0;
  std::string message;
};

/// Explains why yaml_parser_parse() failed on `text`. Gives the position of the mistake, which is
/// often before the one libyaml reports.
YamlComplaint explain(const yaml_parser_t& parser, std::string_view text);

}  // namespace portcullis::bff
