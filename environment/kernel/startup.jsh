// Run by the kernel before the first cell, one statement a line. The same script serves IJava and JJava.
import module java.base;
import org.costate.*;
import org.costate.adjoint.*;
import org.costate.gpu.*;
import org.costate.graph.*;
import org.costate.memory.*;
import org.costate.nd4j.*;
import org.costate.notebook.*;
import org.costate.ode.*;
import org.costate.plot.*;
import org.costate.workbook.*;
import static org.costate.notebook.Notebook.*;
import static org.costate.workbook.Workbook.*;
import org.knowm.xchart.*;
import tech.tablesaw.api.*;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
Notebook.register();
