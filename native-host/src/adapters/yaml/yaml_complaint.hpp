// Why libyaml refused a text, in words that say what to write instead.
#pragma once

#include <yaml.h>

#include <string>
#include <string_view>

namespace portcullis::bff {

struct YamlComplaint {
  int line = 0;
  int column = 0;
  std::string message;
};

/// Of a parser whose yaml_parser_parse() failed on `text`. The place is that of the mistake, which
/// is often before the one where the parser noticed.
YamlComplaint explain(const yaml_parser_t& parser, std::string_view text);

}  // namespace portcullis::bff
