package org.openplip.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class GroupVariablesTest {
    @Test
    void readsWhatTorchrunSets() {
        assertThat(
                        GroupVariables.of(
                                Map.of(
                                        "RANK", "1",
                                        "WORLD_SIZE", "4",
                                        "MASTER_ADDR", "10.0.0.1",
                                        "MASTER_PORT", "1234",
                                        "LOCAL_RANK", "0")))
                .contains(new GroupVariables(1, 4, "10.0.0.1", 1234));
    }

    @Test
    void readsWhatSlurmSetsWhereThereIsAnAddress() {
        Map<String, String> step = Map.of("SLURM_PROCID", "3", "SLURM_NTASKS", "8");
        assertThat(GroupVariables.of(step)).isEmpty();
        assertThat(
                        GroupVariables.of(
                                Map.of(
                                        "SLURM_PROCID", "3",
                                        "SLURM_NTASKS", "8",
                                        "MASTER_ADDR", "node1")))
                .contains(new GroupVariables(3, 8, "node1", 29500));
    }

    @Test
    void saysWhatIsMissingOrWrong() {
        assertThatThrownBy(() -> GroupVariables.of(Map.of("RANK", "1", "WORLD_SIZE", "2")))
                .hasMessage("MASTER_ADDR: is not set; a process of a group needs it");
        assertThatThrownBy(() -> GroupVariables.of(Map.of("RANK", "1", "MASTER_ADDR", "a")))
                .hasMessage("WORLD_SIZE: is not set; a process of a group needs it");
        assertThatThrownBy(() -> GroupVariables.of(Map.of("RANK", "one", "WORLD_SIZE", "2")))
                .hasMessage("RANK: expected a number, got one");
        assertThatThrownBy(
                        () ->
                                GroupVariables.of(
                                        Map.of("RANK", "2", "WORLD_SIZE", "2", "MASTER_ADDR", "a")))
                .hasMessage("RANK: expected 0 to below WORLD_SIZE, got 2 of 2");
    }
}
