// The catalogue of a folder of YAML files (docs/configuration.md).
#pragma once

#include "adapters/memory/memory_catalogue.hpp"
#include "adapters/yaml/loader.hpp"

namespace portcullis::bff {

class YamlCatalogue final : public MemoryCatalogue {
 public:
  /// Bundles come from the options' `bundles`, or from the plugins folder.
  explicit YamlCatalogue(LoadOptions options);

 private:
  [[nodiscard]] std::shared_ptr<const Snapshot> read(std::uint64_t generation,
                                                     std::vector<ConfigProblem>& problems) override;

  LoadOptions options_;
};

}  // namespace portcullis::bff
