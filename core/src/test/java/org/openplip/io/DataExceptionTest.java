package org.openplip.io;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DataExceptionTest {
    /// Found by fuzzing: a tensor's name may hold anything.
    @Test
    void theMessageIsOneLineWithoutControlCharacters() {
        DataException e = new DataException("a\nb", "c\rd", "e\u001b[31mf", null);
        assertThat(e).hasMessage("a?b: c?d: e?[31mf");
        assertThat(e.reason()).isEqualTo("e?[31mf");
    }
}
