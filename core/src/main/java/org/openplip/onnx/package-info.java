/// CLIP's towers as ONNX graphs, for ONNX Runtime and whatever else reads them.
@NullMarked
package org.openplip.onnx;

import org.jspecify.annotations.NullMarked;
