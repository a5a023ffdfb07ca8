package org.openplip.openpath.web;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Base64;
import org.openplip.io.Json;

/// What a clip-retrieval service is asked by.
@SuppressWarnings("ArrayRecordComponent") // handed on, never compared
public sealed interface Query {
    /// By words, which the service embeds.
    record OfText(String text) implements Query {}

    /// By a picture file's bytes, which the service embeds.
    record OfPicture(byte[] file) implements Query {}

    /// By an embedding `[width]` of the model that the service was made with.
    record OfEmbedding(float[] embedding) implements Query {}

    /// The fields of a request that hold it; the others are null, as the service wants them there.
    default ObjectNode fields() {
        ObjectNode fields = Json.MAPPER.createObjectNode();
        fields.putNull("text").putNull("image").putNull("image_url").putNull("embedding_input");
        return switch (this) {
            case OfText words -> fields.put("text", words.text());
            case OfPicture picture ->
                    fields.put("image", Base64.getEncoder().encodeToString(picture.file()));
            case OfEmbedding vector ->
                    fields.set("embedding_input", Json.MAPPER.valueToTree(vector.embedding()));
        };
    }
}
